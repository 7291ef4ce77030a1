"""Steps that turn an execution's input into prepared training channels."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.permissions import Permission
from infra.settings import Stage
from infra.spark import SparkPreparation
from infra.workflow.models import BranchFailure, Model
from infra.workflow.states import Step, caught, invoke, may_invoke, retried, task

RESULT = "{% $states.result.Payload %}"

# Glue's quotas pass: other runs end, capacity comes back.
BUSY_GLUE = (
    "Glue.ConcurrentRunsExceededException",
    "Glue.ResourceNumberLimitExceededException",
    "Glue.OperationTimeoutException",
    "Glue.InternalServiceException",
    "Glue.ThrottlingException",
    "Glue.AWSGlueException",
    "Glue.SdkClientException",
)
_IS_FOR_SPARK = "{{% $job.prepare.engine = 'glue' or ($job.prepare.engine = 'auto' and $fetched.bytes >= {}) %}}"

# A variable must exist before any state reads it, also the states that tidy up after an early failure.
NULL = "{% null %}"
NOTHING_YET = {
    "created": {"model": NULL, "config": NULL, "endpoint": False},
    "endpoint": {"name": NULL, "config": NULL, "status": NULL, "previous_config": NULL, "reason": "", "expires": NULL},
    "polls": 0,
    "package": NULL,
    "live": NULL,
    "scaling": {"is_registered": False, "is_touched": False, "before": NULL},
    "released": NULL,
    "turn": {"holder": NULL, "status": NULL, "polls": 0},
    "predictions": NULL,
    "ranked": NULL,
    "published": NULL,
    "batch": NULL,
    "result": NULL,
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
                "started": {
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
    """Rows as RecordIO-protobuf for one model, and the feature space that owns their columns, for this execution.

    A function does it, or Spark where the ratings are many; `$<model>_prepared` says the same of either.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        model: Model,
        stage: Stage,
        function_arn: str,
        collect_arn: str,
        spark: SparkPreparation,
        on_error: BranchFailure,
    ) -> None:
        super().__init__(scope, id_)
        self._model, self._on_error = model, on_error
        state = invoke(
            self,
            model.state("Prepare", "Ratings"),
            function_arn=function_arn,
            payload={
                "dataset": "{% $job.dataset.name %}",
                "preparation": f"{{% {model.job}.preparation %}}",
                "run": f"{{% {model.job}.run %}}",
            },
            timeout=Duration.minutes(15),
            assign={model.variable("prepared"): RESULT},
        )
        caught(state, on_error.start, variable=on_error.variable)
        run, collect = self._with_spark(spark, collect_arn)
        choice = sfn.Choice.jsonata(self, model.state("Choose", "Engine"))
        choice.when(sfn.Condition.jsonata(_IS_FOR_SPARK.format(stage.glue_from_bytes)), run).otherwise(state)
        permissions = [may_invoke(function_arn), may_invoke(collect_arn), _may_run(spark)]
        self.step = Step(start=choice, ends=[state, collect], permissions=permissions)

    def _with_spark(self, spark: SparkPreparation, collect_arn: str) -> tuple[sfn.CustomState, sfn.CustomState]:
        model, on_error = self._model, self._on_error
        run = task(
            self,
            model.state("Prepare", "Ratings with Spark"),
            resource="glue:startJobRun.sync",
            arguments={
                "JobName": spark.name,
                "Arguments": {
                    "--dataset": "{% $job.dataset.name %}",
                    "--preparation": f"{{% $string({model.job}.preparation) %}}",
                    "--run": f"{{% {model.job}.run %}}",
                },
            },
            timeout=Duration.hours(25),
        )
        retried(run, BUSY_GLUE, interval_s=30, attempts=20, rate=1.5)
        caught(run, on_error.start, variable=on_error.variable)
        collect = invoke(
            self,
            model.state("Collect", "Preparation"),
            function_arn=collect_arn,
            payload={"run": f"{{% {model.job}.run %}}"},
            timeout=Duration.minutes(1),
            assign={model.variable("prepared"): RESULT},
        )
        caught(collect, on_error.start, variable=on_error.variable)
        run.next(collect)
        return run, collect


def _may_run(spark: SparkPreparation) -> Permission:
    """Run that job and wait for it (Step Functions, "IAM policies for calling AWS Glue")."""
    return Permission(
        actions=["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"], resources=[spark.arn]
    )
