"""The one way out of an error: what this execution created is removed, the endpoint serves what it served before."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.permissions import EXECUTION_NAME, Permission
from infra.registry import may_judge
from infra.settings import Stage
from infra.workflow.endpoint import (
    IN_PROGRESS,
    IN_SERVICE,
    MAX_POLLS,
    AwaitEndpoint,
    describe_endpoint,
    note_failure,
    wait,
)
from infra.workflow.register import REJECTED, rejection
from infra.workflow.scaling import KEPT_COUNT, UndoScaling
from infra.workflow.states import IS_MISSING, TRANSIENT_SAGEMAKER, Json, caught, retried, tags, task
from infra.workflow.train import sagemaker_arn


class CleanUp(Construct):
    """Starts from `$failure`; ends in Fail, whose cause names the state and the reason in one line.

    Trouble on the way is added to the cause. The model's package is Rejected, and says why. The new config and model
    are removed unless the endpoint, or another execution, may still need them. Objects below the execution's prefix
    stay, as evidence.
    """

    def __init__(self, scope: Construct, id_: str, *, stage: Stage) -> None:
        super().__init__(scope, id_)
        self._endpoint_name, self._tags = stage.name, tags(stage)
        self._fail = sfn.Fail.jsonata(
            self, "Fail Execution", error="{% $failure.error %}", cause="{% $failure.state & ': ' & $failure.cause %}"
        )
        model = self._delete("Model", "model", "deleteModel", {"ModelName": "{% $created.model %}"}, self._fail)
        config = self._delete(
            "Endpoint Config",
            "config",
            "deleteEndpointConfig",
            {"EndpointConfigName": "{% $created.config %}"},
            model,
        )
        scaling = UndoScaling(self, "Scaling", stage=stage, following=config)
        endpoint = (
            sfn.Choice.jsonata(self, "Check for New Release")
            .when(
                sfn.Condition.jsonata("{% $created.endpoint or $endpoint.previous_config != null %}"),
                scaling.first(self._settle_endpoint(scaling.again)),
                assign={"polls": 0},
            )
            .otherwise(config)
        )
        self.start: sfn.State = (
            sfn.Choice.jsonata(self, "Clean Up")
            .when(sfn.Condition.jsonata("{% $package != null %}"), self._reject_package(endpoint))
            .otherwise(endpoint)
        )
        self.permissions = [*_permissions(stage), may_judge(stage)]

    def _reject_package(self, following: sfn.State) -> sfn.CustomState:
        """First, so that nobody takes it for approved while the endpoint goes back."""
        said = "$failure.state & ': ' & $failure.cause"
        action = "aws-sdk:sagemaker:updateModelPackage"
        noted = {"package": {"arn": "{% $package.arn %}", "status": REJECTED}}
        arguments = rejection(said)
        return self._sagemaker("Reject Package", action, arguments, following, on_error=following, assign=noted)

    def _sagemaker(
        self,
        name: str,
        action: str,
        arguments: Json | str,
        following: sfn.State,
        *,
        on_error: sfn.State,
        assign: Json | None = None,
    ) -> sfn.CustomState:
        state = task(self, name, resource=action, arguments=arguments, timeout=Duration.minutes(2), assign=assign)
        retried(state, TRANSIENT_SAGEMAKER, interval_s=2, attempts=3)
        state.next(following)
        return caught(state, on_error, adding=True)

    def _delete(self, what: str, variable: str, action: str, arguments: Json, following: sfn.State) -> sfn.State:
        resource = f"aws-sdk:sagemaker:{action}"
        return (
            sfn.Choice.jsonata(self, f"Check for New {what}")
            .when(
                sfn.Condition.jsonata(f"{{% $created.{variable} != null %}}"),
                self._sagemaker(f"Delete New {what}", resource, arguments, following, on_error=following),
            )
            .otherwise(following)
        )

    def _settle_endpoint(self, config: sfn.State) -> sfn.State:
        """Wait until the endpoint is at rest, then take the new config off it.

        One that SageMaker has rolled back needs nothing. One that serves the config of another execution, or is in a
        state to serve nothing, is left alone with the new config and model: that execution may have noted them as what
        to go back to.
        """
        back = self._await_rollback(config)
        pause, inspect = wait(self, "Wait for Rest"), self._inspect(config, self._recreate(back))
        pause.next(inspect)
        serves_new = "$endpoint.config = $created.config"
        inspect.next(
            sfn.Choice.jsonata(self, "Check What Serves")
            .when(sfn.Condition.jsonata(f"{{% {IN_PROGRESS} and $polls < {MAX_POLLS} %}}"), pause)
            .when(
                sfn.Condition.jsonata(f"{{% $created.endpoint and {serves_new} and $polls < {MAX_POLLS} %}}"),
                self._delete_endpoint(pause),
            )
            .when(
                sfn.Condition.jsonata(f"{{% {IN_SERVICE} and {serves_new} and $endpoint.previous_config != null %}}"),
                self._restore(back),
            )
            .when(
                sfn.Condition.jsonata(f"{{% {IN_SERVICE} and $endpoint.config = $endpoint.previous_config %}}"), config
            )
            .otherwise(self._leave())
        )
        return inspect

    def _inspect(self, config: sfn.State, recreate: sfn.State) -> sfn.CustomState:
        """An endpoint that this execution replaced by one of another kind, and that is gone, is created as it was."""
        inspect = describe_endpoint(self, "Inspect Endpoint", endpoint_name=self._endpoint_name)
        retried(inspect, TRANSIENT_SAGEMAKER, interval_s=2, attempts=3)
        missing = (
            sfn.Choice.jsonata(self, "Check Whether Endpoint Exists")
            .when(sfn.Condition.jsonata(_WAS_REPLACED), recreate)
            .when(sfn.Condition.jsonata("{% $endpoint.status = 'Missing' %}"), config)
            .otherwise(self._fail)
        )
        noted = f"{{% {IS_MISSING} ? $merge([$endpoint, {{'status': 'Missing'}}]) : $endpoint %}}"
        return caught(inspect, missing, adding=True, assign={"endpoint": noted})

    def _leave(self) -> sfn.State:
        left = note_failure(
            self,
            "Note Endpoint Left Alone",
            state="Inspect Endpoint",
            error="EndpointNotInService",
            cause="'endpoint is ' & $endpoint.status & ' on ' & $endpoint.config & ', so the config and model of this "
            "execution are left for whoever may need them'",
            adding=True,
        )
        left.next(self._fail)
        return left

    def _delete_endpoint(self, pause: sfn.State) -> sfn.State:
        named = {"EndpointName": self._endpoint_name}
        action = "aws-sdk:sagemaker:deleteEndpoint"
        return self._sagemaker("Delete New Endpoint", action, named, pause, on_error=self._fail)

    def _await_rollback(self, config: sfn.State) -> sfn.State:
        rollback = AwaitEndpoint(
            self,
            "Await",
            doing="Rollback",
            endpoint_name=self._endpoint_name,
            config="$endpoint.previous_config",
            on_error=self._fail,
            adding=True,
        )
        rollback.ready.next(config)
        return rollback.start

    def _restore(self, back: sfn.State) -> sfn.State:
        """All at once, and where instances followed the traffic with as many of them as there are."""
        previous = f"{{'EndpointName': '{self._endpoint_name}', 'EndpointConfigName': $endpoint.previous_config}}"
        asked = f"{{% $merge([{previous}, $scaling.before != null ? {KEPT_COUNT} : {{}}]) %}}"
        return self._to_previous("Restore Endpoint", "aws-sdk:sagemaker:updateEndpoint", asked, back)

    def _recreate(self, back: sfn.State) -> sfn.State:
        config = "{% $endpoint.previous_config %}"
        previous = {"EndpointName": self._endpoint_name, "EndpointConfigName": config, "Tags": self._tags}
        return self._to_previous("Recreate Endpoint", "sagemaker:createEndpoint", previous, back)

    def _to_previous(self, name: str, action: str, arguments: Json | str, back: sfn.State) -> sfn.State:
        return self._sagemaker(name, action, arguments, back, on_error=self._fail, assign={"polls": 0})


_WAS_REPLACED = "{% $endpoint.status = 'Missing' and $created.endpoint and $endpoint.previous_config != null %}"


def _permissions(stage: Stage) -> list[Permission]:
    model = sagemaker_arn("model", f"{stage.name}-*")
    config = sagemaker_arn("endpoint-config", f"{stage.name}-*")
    endpoint = sagemaker_arn("endpoint", stage.name)
    return [
        Permission(
            actions=["sagemaker:DeleteModel", "sagemaker:DeleteEndpointConfig"],
            resources=[model, config],
            because=EXECUTION_NAME,
        ),
        Permission(
            actions=["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"],
            resources=[endpoint, config],
            because=EXECUTION_NAME,
        ),
        Permission(actions=["sagemaker:DescribeEndpoint", "sagemaker:DeleteEndpoint"], resources=[endpoint]),
    ]
