"""Building blocks of the steps: a task, its retries, and the path an error takes.

States are written out as the language has them (`CustomState`): the CDK's JSONata variant of the SageMaker task renders
a policy that denies its own AddTags call, and the Lambda task grants every version and alias besides the function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import Aws, Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.permissions import Permission
from infra.settings import Stage

Json = Mapping[str, Any]

TRANSIENT_LAMBDA = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
TRANSIENT_SAGEMAKER = (
    "SageMaker.AmazonSageMakerException",
    "SageMaker.SageMakerException",
    "SageMaker.SdkClientException",
)
TRANSIENT_CLOUDWATCH = (
    "CloudWatch.CloudWatchException",
    "CloudWatch.SdkClientException",
    "CloudWatch.InternalServiceFaultException",
)
TRANSIENT_SCALING = (
    "ApplicationAutoScaling.ApplicationAutoScalingException",
    "ApplicationAutoScaling.SdkClientException",
    "ApplicationAutoScaling.ConcurrentUpdateException",
    "ApplicationAutoScaling.InternalServiceException",
)
TRANSIENT_SSM = (
    "Ssm.SsmException",
    "Ssm.SdkClientException",
    "Ssm.InternalServerErrorException",
    "Ssm.ThrottlingException",
    "Ssm.TooManyUpdatesException",
)
# A quota that other jobs of the account use up and give back.
LIMIT_REACHED = ("SageMaker.ResourceLimitExceededException", "SageMaker.ResourceLimitExceeded")

# A state's time includes the call and a cold start: with its function's own it would end first, and say nothing.
LONGER_THAN_FUNCTION = Duration.seconds(60)

_PARSED_CAUSE = (
    "$cause := $exists($states.errorOutput.Cause) ? $string($states.errorOutput.Cause) : '';"
    "$parsed := $substring($cause, 0, 1) = '{' and $substring($cause, -1) = '}' ? $parse($cause) : {};"
)
# A failed function's Cause is its error as JSON, a failed job's is its description: say the line that matters.
READABLE_CAUSE = (
    f"{{% ({_PARSED_CAUSE}"
    "$said := $type($parsed.errorMessage) = 'string' ? $parsed.errorMessage : "
    "$type($parsed.FailureReason) = 'string' ? $parsed.FailureReason : "
    "$type($parsed.ErrorMessage) = 'string' ? $parsed.ErrorMessage : "
    "$cause = '' ? $states.errorOutput.Error : $cause;"
    "$substring($said, 0, 8000)"  # a Cause may have 32,768 characters, and clean-up may add to it
    ") %}"
)
EXECUTION = "{% $states.context.Execution.Id %}"
CAUGHT_STATE = "{% $states.context.State.Name %}"
# A failed branch says in its Cause which of its states it was; what ends a Parallel otherwise says none.
STATE_OF_BRANCH = (
    f"{{% ({_PARSED_CAUSE}$type($parsed.state) = 'string' ? $parsed.state : $states.context.State.Name) %}}"
)


@dataclass(frozen=True)
class Step:
    """A part of the machine: where it begins, the states whose successor is still open, what its states may do."""

    start: sfn.State
    ends: Sequence[sfn.INextable]
    permissions: Sequence[Permission] = field(default_factory=list)

    def then(self, following: Step) -> Step:
        """This step, then that one."""
        for end in self.ends:
            end.next(following.start)
        return Step(start=self.start, ends=following.ends, permissions=[*self.permissions, *following.permissions])


def task(
    scope: Construct,
    name: str,
    *,
    resource: str,
    arguments: Json | str,
    timeout: Duration,
    assign: Json | None = None,
    output: object = None,
) -> sfn.CustomState:
    """A Task state. `resource` is what follows `arn:<partition>:states:::`; arguments and assignments are JSONata.

    arguments: one expression of all of them where some may be left out.
    """
    state: dict[str, Any] = {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::{resource}",
        "Arguments": arguments if isinstance(arguments, str) else dict(arguments),
        "TimeoutSeconds": timeout.to_seconds(),
    }
    if assign:
        state["Assign"] = dict(assign)
    if output is not None:
        state["Output"] = output
    return sfn.CustomState(scope, name, state_json=state)


def invoke(
    scope: Construct, name: str, *, function_arn: str, payload: Json, timeout: Duration, assign: Json | None = None
) -> sfn.CustomState:
    """A task that invokes a function; `assign` reads its answer as `$states.result.Payload`.

    `timeout` is the function's own. The execution's ARN goes with every payload: the function's log says it.
    """
    state = task(
        scope,
        name,
        resource="lambda:invoke",
        arguments={"FunctionName": function_arn, "Payload": {**payload, "execution": EXECUTION}},
        timeout=timeout.plus(LONGER_THAN_FUNCTION),
        assign=assign,
    )
    return retried(state, TRANSIENT_LAMBDA, interval_s=2, attempts=5)


def tags(stage: Stage) -> list[Json]:
    """What a task makes is tagged like the stacks' resources, so that costs can be told by project and stage."""
    return [{"Key": name, "Value": value} for name, value in stage.tags.items()]


def may_invoke(function_arn: str) -> Permission:
    """Invoke that function, unqualified."""
    return Permission(actions=["lambda:InvokeFunction"], resources=[function_arn])


def retried(
    state: sfn.CustomState, errors: Sequence[str], *, interval_s: int, attempts: int, rate: float = 2
) -> sfn.CustomState:
    """Retry on those errors with a growing, jittered wait of two minutes at most."""
    return state.add_retry(
        errors=list(errors),
        interval=Duration.seconds(interval_s),
        max_attempts=attempts,
        backoff_rate=rate,
        max_delay=Duration.minutes(2),
        jitter_strategy=sfn.JitterType.FULL,
    )


def caught(
    state: sfn.CustomState,
    handler: sfn.State,
    *,
    adding: bool = False,
    assign: Json | None = None,
    variable: str = "failure",
) -> sfn.CustomState:
    """On any error remember which state failed and why in `$failure`, then go to `handler`.

    `variable`: its name where it is not that, within a branch. `adding`: to the failure that is being cleaned up after,
    which stays the one that is told; what is missing then needs no cleaning up, and is no trouble.
    """
    failure: object = what_failed()
    if adding:
        why = READABLE_CAUSE.removeprefix("{% ").removesuffix(" %}")
        failure = f"{{% {IS_MISSING} ? $failure : {added_to_failure('$states.context.State.Name', why)} %}}"
    return state.add_catch(handler, errors=["States.ALL"], assign={variable: failure, **(assign or {})})


def what_failed(state: str = CAUGHT_STATE) -> Json:
    """What a catcher remembers of an error; `state` is where it arose, which is the catcher's own unless said."""
    return {"state": state, "error": "{% $states.errorOutput.Error %}", "cause": READABLE_CAUSE}


# SageMaker has one error for what is missing, for throttling and for denial: its words tell them apart. The others are
# Application Auto Scaling's.
IS_MISSING = "$contains($states.errorOutput.Cause, /Could not find|No scalable target/)"


def added_to_failure(where: str, why: str) -> str:
    """The expression of `$failure` with a later trouble in its cause; both arguments are JSONata expressions."""
    return f"$merge([$failure, {{'cause': $failure.cause & ' (clean-up, ' & {where} & ': ' & {why} & ')'}}])"
