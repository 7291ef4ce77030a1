"""The live model, which a new one has to stand up to."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.permissions import EXECUTION_NAME, Permission
from infra.settings import Stage
from infra.workflow.endpoint import LOST, ONE_POLL_MORE, VARIANT, wait
from infra.workflow.states import Json, Step, caught, task
from infra.workflow.train import sagemaker_arn

_LIVE = "['InService', 'Updating', 'SystemUpdating', 'RollingBack']"
_MOST_POLLS = 8


class FindChampion(Construct):
    """`$champion` is the config, the model and the artifact that the endpoint serves; null where nothing is live."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        self._on_error = on_error
        self._none = sfn.Pass.jsonata(self, "Go without Champion", assign={"champion": "{% null %}"})
        model = self._describe(
            "Model",
            {"ModelName": "{% $champion.model %}"},
            "'model_data': $states.result.PrimaryContainer.ModelDataUrl",
        )
        config = self._describe(
            "EndpointConfig",
            {"EndpointConfigName": "{% $champion.config %}"},
            f"'model': $states.result.ProductionVariants[VariantName = '{VARIANT}'].ModelName",
        )
        config.next(model)
        endpoint = self._describe(
            "Endpoint",
            {"EndpointName": stage.name},
            "'config': $states.result.EndpointConfigName, 'status': $states.result.EndpointStatus",
        )
        endpoint.next(
            sfn.Choice.jsonata(self, "Check Whether Champion Is Live")
            .when(sfn.Condition.jsonata(f"{{% $champion.status in {_LIVE} %}}"), config)
            .otherwise(self._none)
        )
        choice = (
            sfn.Choice.jsonata(self, "Choose Comparison")
            .when(sfn.Condition.jsonata("{% $job.gate.champion = 'ignore' %}"), self._none)
            .otherwise(endpoint)
        )
        start = sfn.Pass.jsonata(self, "Begin Evaluation", assign={"champion": {}, "polls": 0})
        start.next(choice)
        self.step = Step(start=start, ends=[model, self._none], permissions=_permissions(stage))

    def _describe(self, what: str, arguments: Json, noted: str) -> sfn.CustomState:
        """A missing one means that there is no champion; anything else that goes wrong is tried again a few times."""
        champion = f"Champion {what.removeprefix('Endpoint') or what}"
        state = task(
            self,
            f"Describe {champion}",
            resource=f"aws-sdk:sagemaker:describe{what}",
            arguments=arguments,
            timeout=Duration.minutes(1),
            assign={"champion": f"{{% $merge([$champion, {{{noted}}}]) %}}"},
        )
        pause = wait(self, f"Wait for {champion}")
        again = (
            sfn.Choice.jsonata(self, f"Check Whether {champion} Is Missing")
            .when(sfn.Condition.jsonata("{% $contains($failure.cause, 'Could not find') %}"), self._none)
            .when(sfn.Condition.jsonata(f"{{% {LOST} and $polls < {_MOST_POLLS} %}}"), pause, assign=ONE_POLL_MORE)
            .otherwise(self._on_error)
        )
        pause.next(state)
        return caught(state, again)


def _permissions(stage: Stage) -> list[Permission]:
    """To describe the endpoint itself is among what a release needs."""
    return [
        Permission(
            actions=["sagemaker:DescribeEndpointConfig"],
            resources=[sagemaker_arn("endpoint-config", f"{stage.name}-*")],
            because=EXECUTION_NAME,
        ),
        Permission(
            actions=["sagemaker:DescribeModel"],
            resources=[sagemaker_arn("model", f"{stage.name}-*")],
            because=EXECUTION_NAME,
        ),
    ]
