"""How an update moves the traffic to the new model, and how an execution ends whose update an alarm sent back.

Sources: SageMaker Developer Guide, "Deployment guardrails"; API Reference, "BlueGreenUpdatePolicy". With all traffic on
the new instances the old ones stay for TerminationWaitInSeconds, which is the last of the baking periods.
"""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.permissions import Permission
from infra.settings import Stage
from infra.watching import CHALLENGER_ALARMS, ENDPOINT_ALARMS, alarm_name
from infra.workflow.endpoint import MAX_POLLS
from infra.workflow.register import REJECTED, rejection
from infra.workflow.scaling import KEEPS_COUNT, KEPT_COUNT
from infra.workflow.states import (
    TRANSIENT_CLOUDWATCH,
    TRANSIENT_SAGEMAKER,
    Json,
    caught,
    retried,
    task,
)
from infra.workflow.trial import VARIANTS

# How many steps the longest release has, and how many seconds a poll takes in the end.
_MOST_STEPS, _POLL_S = 10, 30
POLLS_OF_RELEASE = (
    f"{MAX_POLLS} + $ceil(($job.deploy.release.bake_s + {_MOST_STEPS} * $job.deploy.release.wait_s) / {_POLL_S})"
)
"""As many as the new instances may take, and its waits."""
# A DeploymentConfig needs the names of the variants to stay (Developer Guide, its "Exclusions").
_IS_GUARDED = f"$sort($endpoint.variants) = {VARIANTS}"
IS_SENT_BACK = (
    "$endpoint.status = 'InService' and $endpoint.config = $endpoint.previous_config "
    f"and $job.deploy.release.alarms and {_IS_GUARDED}"
)
_ROUTING = (
    "$how.traffic = 'all_at_once' ? {'Type': 'ALL_AT_ONCE', 'WaitIntervalInSeconds': 0} : "
    "$merge([{'Type': $uppercase($how.traffic), 'WaitIntervalInSeconds': $how.wait_s}, "
    "$how.traffic = 'canary' ? {'CanarySize': $size} : {'LinearStepSize': $size}])"
)


def watched(stage: Stage) -> list[str]:
    """The alarms that send a release back."""
    return [alarm_name(stage, name) for name in (*ENDPOINT_ALARMS, *CHALLENGER_ALARMS)]


def _watched_now(stage: Stage) -> str:
    """Those of them that are about this release, as an expression: a model beside the live one has its own."""
    of_live, of_both = ([*watched(stage)][:count] for count in (len(ENDPOINT_ALARMS), None))
    return f"($live = null ? {of_live} : {of_both})"


def update_arguments(stage: Stage) -> str:
    """UpdateEndpoint's request, as one expression: without alarms it has no AutoRollbackConfiguration.

    Sizes are percentages, which any number of instances has.
    """
    return (
        "{% ($how := $job.deploy.release; $size := {'Type': 'CAPACITY_PERCENT', 'Value': $how.step_percent}; "
        f"$merge([{{'EndpointName': '{stage.name}', 'EndpointConfigName': $created.config}}, "
        f"{KEEPS_COUNT} ? {KEPT_COUNT} : {{}}, "
        f"{_IS_GUARDED} ? {{'DeploymentConfig': $merge(["
        f"{{'BlueGreenUpdatePolicy': {{'TrafficRoutingConfiguration': {_ROUTING}, "
        "'TerminationWaitInSeconds': $how.bake_s}}, "
        f"$how.alarms ? {{'AutoRollbackConfiguration': {{'Alarms': [{_watched_now(stage)}.{{'AlarmName': $}}]}}}} : "
        "{}])} : {}])) %}"
    )


def may_see_alarms(stage: Stage) -> Permission:
    """For the models' role, with which SageMaker looks at them ("Auto-Rollback Configuration and Monitoring"), and for
    whoever asks which of them went off.
    """
    place = f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}:alarm"
    return Permission(actions=["cloudwatch:DescribeAlarms"], resources=[f"{place}:{name}" for name in watched(stage)])


# SageMaker documents no words for a rollback's FailureReason, and people have seen none there: so the alarms are asked.
# One that is over again has changed its state since the release began.
_WENT_OFF = (
    "[$states.result.MetricAlarms[StateValue = 'ALARM' or $contains($endpoint.reason, AlarmName) "
    "or $toMillis(StateTransitionedTimestamp) >= $toMillis($release.began)].AlarmName]"
)
_REASON = (
    "'the release was rolled back: ' & $join($release.alarms, ', ') & ' went off' & "
    "($endpoint.reason = '' ? '' : ' (' & $endpoint.reason & ')')"
)


class RejectRelease(Construct):
    """Which alarm sent the endpoint back; then the model's package is Rejected, the new config and model go, and the
    execution ends as a rejected one.

    Where none went off, the update failed by itself: that leads to `failed`.
    """

    def __init__(
        self, scope: Construct, id_: str, *, stage: Stage, failed: sfn.State, on_error: sfn.State, rejected: sfn.State
    ) -> None:
        super().__init__(scope, id_)
        describe = task(
            self,
            "Describe Release Alarms",
            resource="aws-sdk:cloudwatch:describeAlarms",
            arguments={"AlarmNames": f"{{% {_watched_now(stage)} %}}", "AlarmTypes": ["MetricAlarm"]},
            timeout=Duration.minutes(1),
            assign={"release": f"{{% $merge([$release, {{'alarms': {_WENT_OFF}}}]) %}}"},
        )
        caught(retried(describe, TRANSIENT_CLOUDWATCH, interval_s=2, attempts=5), on_error)
        config = self._delete(
            "Config", "deleteEndpointConfig", {"EndpointConfigName": "{% $created.config %}"}, on_error
        )
        model = self._delete("Model", "deleteModel", {"ModelName": "{% $created.model %}"}, on_error)
        noted = {"decision": "rejected", "reasons": [f"{{% {_REASON} %}}"], "alarms": "{% $release.alarms %}"}
        note = sfn.Pass.jsonata(self, "Note Rejection", assign={"released": noted})
        choice = sfn.Choice.jsonata(self, "Check Release Alarms")
        choice.when(sfn.Condition.jsonata("{% $count($release.alarms) > 0 %}"), note).otherwise(failed)
        describe.next(choice)
        note.next(self._reject_package(config, on_error))
        config.next(model)
        model.next(rejected)
        self.start: sfn.State = describe
        self.permissions = [may_see_alarms(stage)]

    def _reject_package(self, following: sfn.State, on_error: sfn.State) -> sfn.CustomState:
        """What may judge packages is among what the clean-up needs."""
        state = task(
            self,
            "Reject Rolled Back Package",
            resource="aws-sdk:sagemaker:updateModelPackage",
            arguments=rejection("$released.reasons[0]"),
            timeout=Duration.minutes(2),
            assign={"package": {"arn": "{% $package.arn %}", "status": REJECTED}},
        )
        state.next(following)
        return caught(retried(state, TRANSIENT_SAGEMAKER, interval_s=2, attempts=3), on_error)

    def _delete(self, what: str, action: str, arguments: Json, on_error: sfn.State) -> sfn.CustomState:
        """What may delete is among what the clean-up needs."""
        state = task(
            self,
            f"Delete Rejected {what}",
            resource=f"aws-sdk:sagemaker:{action}",
            arguments=arguments,
            timeout=Duration.minutes(2),
        )
        return caught(retried(state, TRANSIENT_SAGEMAKER, interval_s=2, attempts=3), on_error)
