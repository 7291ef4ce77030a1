"""The evaluation, and the gate that decides whether the model may serve."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.workflow.ratings import RESULT
from infra.workflow.states import Step, caught, invoke, may_invoke


class EvaluateModel(Construct):
    """Scores the test channel with the artifact itself and compares with what the job reported."""

    def __init__(self, scope: Construct, id_: str, *, function_arn: str, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        state = invoke(
            self,
            "Evaluate Model",
            function_arn=function_arn,
            payload={
                "run": "{% $job.run %}",
                "model_data": "{% $training.model_data %}",
                "reported": "{% $training.metrics %}",
                "gate": "{% $job.gate %}",
                "positives": "{% $prepared.positives %}",
                "train_rows": "{% $prepared.train_rows %}",
            },
            timeout=Duration.minutes(15),
            assign={"evaluation": RESULT},
        )
        caught(state, on_error)
        self.step = Step(start=state, ends=[state], permissions=[may_invoke(function_arn)])


class Gate(Construct):
    """An accepted model goes on to serve; a rejected one ends the execution well, the live endpoint untouched."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        self._choice = sfn.Choice.jsonata(self, "Pass the Gate")
        self.start: sfn.State = self._choice

    def when(self, accepted: sfn.State, *, to_serve: bool) -> Gate:
        """Where an accepted model goes when the input asks for an endpoint (`to_serve`) or for none."""
        served = "!=" if to_serve else "="
        condition = f"{{% $evaluation.gate.decision = 'accepted' and $job.deploy.mode {served} 'none' %}}"
        self._choice.when(sfn.Condition.jsonata(condition), accepted)
        return self

    def otherwise(self, rejected: sfn.State) -> Gate:
        """Where a rejected model goes."""
        self._choice.otherwise(rejected)
        return self
