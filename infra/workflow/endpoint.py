"""Watching the endpoint: a release and its undoing both end in the same wait."""

from __future__ import annotations

from collections.abc import Callable

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.workflow.states import TRANSIENT_SAGEMAKER, added_to_failure, caught, retried, task

VARIANT, CHALLENGER = "main", "challenger"
"""The live model's variant, and that of one beside it."""
MAX_POLLS = 120
WAIT_S = "{% $polls < 5 ? [1, 2, 4, 8, 16][$polls] : 30 %}"
IN_SERVICE = "$endpoint.status = 'InService'"
IS_LIVE = "$endpoint.status in ['InService', 'Updating', 'SystemUpdating', 'RollingBack']"
IN_PROGRESS = "$endpoint.status in ['Creating', 'Updating', 'SystemUpdating', 'RollingBack', 'Deleting']"

ONE_POLL_MORE = {"polls": "{% $polls + 1 %}"}
# The question or its answer was lost, or SageMaker is overloaded: neither says anything of the endpoint.
LOST = (
    "($match($failure.cause, /Throttling|Rate exceeded|Status Code: 5/) or "
    "$failure.error in ['States.Timeout', 'SageMaker.SdkClientException'])"
)


def describe_endpoint(scope: Construct, name: str, *, endpoint_name: str) -> sfn.CustomState:
    """A task that notes in `$endpoint` what the endpoint is, and counts itself in `$polls`."""
    return task(
        scope,
        name,
        resource="aws-sdk:sagemaker:describeEndpoint",
        arguments={"EndpointName": endpoint_name},
        timeout=Duration.minutes(1),
        assign={
            "polls": "{% $polls + 1 %}",
            "endpoint": "{% $merge([$endpoint, {"
            "'name': $states.result.EndpointName, "
            "'config': $states.result.EndpointConfigName, "
            "'status': $states.result.EndpointStatus, "
            "'variants': [$states.result.ProductionVariants.VariantName], "
            "'is_serverless': $exists($states.result.ProductionVariants[0].CurrentServerlessConfig), "
            "'reason': $exists($states.result.FailureReason) ? $states.result.FailureReason : ''"
            "}]) %}",
        },
    )


def wait(scope: Construct, name: str) -> sfn.Wait:
    """Wait a little longer each time, up to half a minute."""
    return sfn.Wait.jsonata(scope, name, time=sfn.WaitTime.seconds(WAIT_S))


def note_failure(scope: Construct, name: str, *, state: str, error: str, cause: str, adding: bool = False) -> sfn.Pass:
    """Set `$failure`, or add to it, as a caught error would. `cause` is a JSONata expression."""
    failure: object = {"state": state, "error": error, "cause": f"{{% {cause} %}}"}
    if adding:
        failure = "{% " + added_to_failure(f"'{state}'", cause) + " %}"
    return sfn.Pass.jsonata(scope, name, assign={"failure": failure})


class AwaitEndpoint(Construct):
    """Polls until the endpoint is InService *on the config asked for*.

    A rolled-back update ends InService too, on the old config; that, Failed, a status nobody knows and an hour without
    an end are failures.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        doing: str,
        endpoint_name: str,
        config: str,
        on_error: sfn.State,
        adding: bool = False,
        most_polls: str = str(MAX_POLLS),
        sent_back: tuple[str, Callable[[sfn.State], sfn.State]] | None = None,
    ) -> None:
        """`doing` names the states ("Release"); `config` is the JSONata expression of the config asked for.

        `adding`: a failure is added to the one that is being cleaned up after. `most_polls` is an expression too.
        `sent_back`: the condition of an endpoint that was rolled back, and what makes the state that asks why, given
        the one that notes a failure.
        """
        super().__init__(scope, id_)
        pause = wait(self, f"Wait for {doing}")
        describe = retried(
            describe_endpoint(self, f"Describe {doing}", endpoint_name=endpoint_name),
            TRANSIENT_SAGEMAKER,
            interval_s=2,
            attempts=3,
        )
        caught(describe, on_error, adding=adding)
        failed = self._note_failure(doing, config, adding=adding)
        failed.next(on_error)
        self.ready = sfn.Pass.jsonata(self, f"Finish {doing}")
        pause.next(describe)
        choice = (
            sfn.Choice.jsonata(self, f"Check {doing}")
            .when(
                sfn.Condition.jsonata(f"{{% $endpoint.status = 'InService' and $endpoint.config = {config} %}}"),
                self.ready,
            )
            .when(sfn.Condition.jsonata(f"{{% {IN_PROGRESS} and $polls < {most_polls} %}}"), pause)
        )
        if sent_back is not None:
            condition, looking = sent_back
            choice.when(sfn.Condition.jsonata(f"{{% {condition} %}}"), looking(failed))
        describe.next(choice.otherwise(failed))
        self.start: sfn.State = pause

    def _note_failure(self, doing: str, config: str, *, adding: bool) -> sfn.Pass:
        return note_failure(
            self,
            f"Note {doing} Failure",
            state=f"Describe {doing}",
            error="EndpointNotInService",
            cause=f"'endpoint ' & $endpoint.name & ' is ' & $endpoint.status & ' on ' & $endpoint.config "
            f"& ', expected InService on ' & {config} & ': ' & $endpoint.reason",
            adding=adding,
        )
