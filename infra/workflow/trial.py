"""A new model beside the live one: a share of the traffic, or copies of it, before it is the live one itself.

The live model keeps the variant's name that it has, so that whoever asks for it by name still gets it.
"""

from __future__ import annotations

import json

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.settings import Stage
from infra.workflow.endpoint import (
    CHALLENGER,
    IS_LIVE,
    LOST,
    MAX_POLLS,
    ONE_POLL_MORE,
    VARIANT,
    describe_endpoint,
    note_failure,
    wait,
)
from infra.workflow.scaling import RESTORES
from infra.workflow.states import TRANSIENT_SAGEMAKER, caught, retried, tags, task

IS_SHADOW = "$live != null and $job.deploy.beside.how = 'shadow'"
IS_SHARE = "$live != null and $job.deploy.beside.how = 'share'"
# A variant has instances or is serverless. Shares are weights; copies go by the weights of both variants.
_CONFIG_ARGUMENTS = (
    "{% ($beside := $job.deploy.beside; "
    "$new := $merge([{'ModelName': $created.model}, $job.deploy.mode = 'serverless' ? "
    "{'ServerlessConfig': {'MemorySizeInMB': $job.deploy.serverless.memory_mb, "
    "'MaxConcurrency': $job.deploy.serverless.max_concurrency}} : "
    "{'InstanceType': $job.deploy.instance_type, "
    "'InitialInstanceCount': $max([$job.deploy.instance_count, $live = null ? $job.deploy.autoscaling.min : 1])}]); "
    f"$main := $merge([$live.variant, {{'VariantName': '{VARIANT}', "
    "'InitialVariantWeight': $beside.how = 'share' ? 100 - $beside.percent : 100}]); "
    f"$challenger := $merge([$new, {{'VariantName': '{CHALLENGER}', 'InitialVariantWeight': $beside.percent}}]); "
    "$merge([{'EndpointConfigName': $created.config, 'Tags': TAGS}, "
    f"$live = null ? {{'ProductionVariants': [$merge([{{'VariantName': '{VARIANT}'}}, $new])]}} : "
    "$beside.how = 'share' ? {'ProductionVariants': [$main, $challenger]} : "
    "{'ProductionVariants': [$main], 'ShadowProductionVariants': [$challenger]}])) %}"
)


def config_arguments(stage: Stage) -> str:
    """What an endpoint config is made with."""
    return _CONFIG_ARGUMENTS.replace("TAGS", json.dumps(tags(stage)))


VARIANTS = f"({IS_SHARE} ? ['{CHALLENGER}', '{VARIANT}'] : ['{VARIANT}'])"
"""The production variants to come, in alphabetical order."""
VERDICT = (
    "$released != null or $live = null ? $released : {'decision': 'on_trial', 'reasons': ["
    "$job.deploy.beside.how = 'share' ? "
    "'it answers ' & $job.deploy.beside.percent & ' % of the requests that name no variant' : "
    "'it is sent copies of ' & $job.deploy.beside.percent & ' % of the requests, and nobody its answers']}"
)


class FindLive(Construct):
    """`$live` is the variant that the new model shall be beside; null where it shall not, or where nothing is live."""

    def __init__(
        self, scope: Construct, id_: str, *, endpoint_name: str, following: sfn.State, on_error: sfn.State
    ) -> None:
        super().__init__(scope, id_)
        find = describe_endpoint(self, "Describe Live Endpoint", endpoint_name=endpoint_name)
        pause = wait(self, "Wait for Live Endpoint")
        pause.next(find)
        missing = (
            sfn.Choice.jsonata(self, "Check Whether Live Endpoint Is Missing")
            .when(sfn.Condition.jsonata("{% $contains($failure.cause, 'Could not find') %}"), following)
            .when(
                sfn.Condition.jsonata(f"{{% {LOST} and $polls < {MAX_POLLS} %}}"),
                pause,
                assign=ONE_POLL_MORE,
            )
            .otherwise(on_error)
        )
        caught(find, missing)
        unlike = note_failure(
            self,
            "Note Other Kind",
            state="Describe Live Endpoint",
            error="NothingToBeBeside",
            cause="'endpoint ' & $endpoint.name & ' is serverless, expected one on instances to be beside'",
        )
        unlike.next(on_error)
        find.next(
            sfn.Choice.jsonata(self, "Check Live Endpoint")
            .when(sfn.Condition.jsonata(f"{{% {IS_LIVE} and $endpoint.is_serverless %}}"), unlike)
            .when(sfn.Condition.jsonata(f"{{% {IS_LIVE} %}}"), self._describe_config(following, on_error))
            .otherwise(following)
        )
        asked = f"{{% $not({RESTORES}) and $job.deploy.beside.how != 'none' %}}"
        self.start: sfn.State = (
            sfn.Choice.jsonata(self, "Choose Place").when(sfn.Condition.jsonata(asked), find).otherwise(following)
        )

    def _describe_config(self, following: sfn.State, on_error: sfn.State) -> sfn.State:
        """What may describe it is among what the champion needs."""
        state = task(
            self,
            "Describe Live Config",
            resource="aws-sdk:sagemaker:describeEndpointConfig",
            arguments={"EndpointConfigName": "{% $endpoint.config %}"},
            timeout=Duration.minutes(1),
            assign={"live": f"{{% {{'variant': $states.result.ProductionVariants[VariantName = '{VARIANT}']}} %}}"},
        )
        caught(retried(state, TRANSIENT_SAGEMAKER, interval_s=2, attempts=3), on_error)
        state.next(following)
        return state
