"""The evaluation, and the gate that decides whether the models may serve."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.workflow.ratings import RESULT
from infra.workflow.states import Step, caught, invoke, may_invoke


class EvaluateModel(Construct):
    """Scores the test channel with the artifact itself, beside the live model where there is one.

    `$evaluation` has the figures, their intervals and baselines, and the gate's decision.
    """

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
                "preparation": "{% $job.preparation %}",
                "prepared": "{% $prepared %}",
                "threshold": "{% $job.threshold %}",
                "gate": "{% $job.gate %}",
                "champion": "{% $champion %}",
            },
            timeout=Duration.minutes(15),
            assign={"evaluation": RESULT},
        )
        caught(state, on_error)
        self.step = Step(start=state, ends=[state], permissions=[may_invoke(function_arn)])


class EvaluateRanking(Construct):
    """Ranks what users have not seen, and compares with what is popular; `$ranked` stays null without such a model."""

    def __init__(self, scope: Construct, id_: str, *, function_arn: str, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        state = invoke(
            self,
            "Evaluate Ranking",
            function_arn=function_arn,
            payload={
                "run": "{% $job.run %}",
                "ranking_run": "{% $job.ranking.run %}",
                "model_data": "{% $ranking.training.model_data %}",
                "preparation": "{% $job.preparation %}",
                "prepared": "{% $prepared %}",
                "gate": "{% $job.gate %}",
            },
            timeout=Duration.minutes(15),
            assign={"ranked": RESULT},
        )
        caught(state, on_error)
        skip = sfn.Pass.jsonata(self, "Skip Ranking")
        choice = (
            sfn.Choice.jsonata(self, "Check for Ranking Model")
            .when(sfn.Condition.jsonata("{% $ranking != null %}"), state)
            .otherwise(skip)
        )
        self.step = Step(start=choice, ends=[state, skip], permissions=[may_invoke(function_arn)])


_ACCEPTED = "{% $evaluation.gate.decision = 'accepted' and ($ranked = null or $ranked.gate.decision = 'accepted') %}"


class Gate(Construct):
    """Accepted models go on to the registry; a rejected one ends the execution well, the live endpoint untouched."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        self._choice = sfn.Choice.jsonata(self, "Pass the Gate")
        self.start: sfn.State = self._choice

    def when(self, accepted: sfn.State) -> Gate:
        """Where accepted models go."""
        self._choice.when(sfn.Condition.jsonata(_ACCEPTED), accepted)
        return self

    def otherwise(self, rejected: sfn.State) -> Gate:
        """Where rejected models go."""
        self._choice.otherwise(rejected)
        return self
