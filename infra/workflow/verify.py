"""Real predictions from the live endpoint, and the report that closes an execution."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.workflow.endpoint import CHALLENGER, VARIANT
from infra.workflow.ratings import RESULT
from infra.workflow.states import Step, caught, invoke, may_invoke, retried
from infra.workflow.trial import IS_SHADOW, VERDICT

# InvokeEndpoint's errors that pass: a container that starts again, a service that is overloaded.
UNANSWERED = ("ModelError", "InternalDependencyException", "InternalFailure", "ServiceUnavailable")


class VerifyPredictions(Construct):
    """The endpoint's answers must be the artifact's own scores; a shadow's are told to nobody."""

    def __init__(self, scope: Construct, id_: str, *, function_arn: str, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        state = invoke(
            self,
            "Verify Predictions",
            function_arn=function_arn,
            payload={
                "run": "{% $job.run %}",
                "model_data": "{% $training.model_data %}",
                "endpoint": "{% $endpoint.name %}",
                "variant": f"{{% $live = null ? '{VARIANT}' : '{CHALLENGER}' %}}",
                "shards": "{% $prepared.shards %}",
                "preparation": "{% $job.preparation %}",
                "ranking": "{% $ranking = null ? null : "
                "{'run': $job.ranking.run, 'model_data': $ranking.training.model_data} %}",
            },
            timeout=Duration.minutes(5),
            assign={"predictions": RESULT},
        )
        retried(state, UNANSWERED, interval_s=2, attempts=3)
        caught(state, on_error)
        skip = sfn.Pass.jsonata(self, "Skip Verification")
        choice = (
            sfn.Choice.jsonata(self, "Choose Verification")
            .when(sfn.Condition.jsonata(f"{{% {IS_SHADOW} %}}"), skip)
            .otherwise(state)
        )
        self.step = Step(start=choice, ends=[state, skip], permissions=[may_invoke(function_arn)])


class ReportResult(Construct):
    """Writes the report; `$result` is the execution's output, which the console shows of the run."""

    def __init__(self, scope: Construct, id_: str, *, function_arn: str, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        state = invoke(
            self,
            "Report Result",
            function_arn=function_arn,
            payload={
                "job": "{% $job %}",
                "fetched": "{% $fetched %}",
                "prepared": "{% $prepared %}",
                "training": "{% $training %}",
                "evaluation": "{% $evaluation %}",
                "ranking": "{% $ranking %}",
                "ranked": "{% $ranked %}",
                "endpoint": "{% $endpoint %}",
                "released": f"{{% {VERDICT} %}}",
                "predictions": "{% $predictions %}",
                "published": "{% $published %}",
                "batch": "{% $batch %}",
                "package": "{% $package %}",
            },
            timeout=Duration.minutes(5),
            assign={"result": RESULT},
        )
        caught(state, on_error)
        self.step = Step(start=state, ends=[state], permissions=[may_invoke(function_arn)])
