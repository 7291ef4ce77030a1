"""Steps that turn an execution's input into prepared training channels."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.workflow.states import Step, caught, invoke, may_invoke, retried

RESULT = "{% $states.result.Payload %}"


# A variable must exist before any state reads it, also the states that tidy up after an early failure.
NULL = "{% null %}"
NOTHING_YET = {
    "created": {"model": NULL, "config": NULL, "endpoint": False},
    "endpoint": {"name": NULL, "config": NULL, "status": NULL, "previous_config": NULL, "reason": ""},
    "polls": 0,
    "predictions": NULL,
}


class ValidateInput(Construct):
    """Every field is checked before anything is spent; `$job` is the input with its defaults filled in."""

    def __init__(self, scope: Construct, id_: str, *, function_arn: str, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        state = invoke(
            self,
            "Validate Input",
            function_arn=function_arn,
            payload={
                "input": "{% $states.context.Execution.Input %}",
                "execution": {
                    "id": "{% $states.context.Execution.Id %}",
                    "name": "{% $states.context.Execution.Name %}",
                    "start_time": "{% $string($states.context.Execution.StartTime) %}",
                },
            },
            timeout=Duration.minutes(1),
            assign={"job": RESULT},
        )
        caught(state, on_error)
        begin = sfn.Pass.jsonata(self, "Begin Execution", assign=NOTHING_YET)
        begin.next(state)
        self.step = Step(start=begin, ends=[state], permissions=[may_invoke(function_arn)])


class FetchRatings(Construct):
    """The dataset stands in the bucket afterwards: it was there, or it is downloaded and its checksum verified."""

    def __init__(self, scope: Construct, id_: str, *, function_arn: str, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        state = invoke(
            self,
            "Fetch Ratings",
            function_arn=function_arn,
            payload={"dataset": "{% $job.dataset.name %}"},
            timeout=Duration.minutes(15),
            assign={"fetched": RESULT},
        )
        retried(state, ["DownloadFailed"], interval_s=5, attempts=2)
        caught(state, on_error)
        self.step = Step(start=state, ends=[state], permissions=[may_invoke(function_arn)])


class PrepareRatings(Construct):
    """One-hot rows as RecordIO-protobuf, and the feature space that owns their columns, for this execution."""

    def __init__(self, scope: Construct, id_: str, *, function_arn: str, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        state = invoke(
            self,
            "Prepare Ratings",
            function_arn=function_arn,
            payload={
                "dataset": "{% $job.dataset.name %}",
                "split": "{% $job.split %}",
                "label": "{% $job.label %}",
                "run": "{% $job.run %}",
            },
            timeout=Duration.minutes(15),
            assign={"prepared": RESULT},
        )
        caught(state, on_error)
        self.step = Step(start=state, ends=[state], permissions=[may_invoke(function_arn)])
