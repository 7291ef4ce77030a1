"""What a training does that gets no instances: it asks for others, and then waits."""

from __future__ import annotations

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.workflow.models import BranchFailure, Model
from infra.workflow.states import LIMIT_REACHED, Json

ATTEMPTS, SPOT = "attempts", "spot"
"""Variables of a model: the attempts that got no instances, and whether the present one is on spot."""
_MOST_ATTEMPTS = 4
# What a job says that got none: CapacityError (local_aws.sagemaker.spot_capacity has its words), or, as its secondary
# status, that MaxWaitTimeInSeconds is over (SageMaker Developer Guide, "Managed Spot Training Lifecycle").
_NO_CAPACITY = "/CapacityError|[Ii]nsufficient ?[Cc]apacity|MaxWaitTimeExceeded/"


class LostCapacity(Construct):
    """Without spare instances others are asked for at once; without those it is tried again after minutes.

    A quota that is used up counts too, once the state's own retries are over: spot instances have one of their own,
    which is 0 for many types. Whatever else went wrong leads on to `on_error`.
    """

    def __init__(
        self, scope: Construct, id_: str, *, model: Model, train: sfn.CustomState, on_error: BranchFailure
    ) -> None:
        super().__init__(scope, id_)
        attempts, spot = model.variable(ATTEMPTS), model.variable(SPOT)
        limits = ", ".join(f"'{name}'" for name in LIMIT_REACHED)
        lost = (
            f"($contains(${on_error.variable}.cause, {_NO_CAPACITY}) or ${on_error.variable}.error in [{limits}]) "
            f"and $count(${attempts}) < {_MOST_ATTEMPTS - 1}"
        )
        noted: Json = {
            attempts: f"{{% [${attempts}, {{'spot': ${spot}, 'reason': ${on_error.variable}.cause}}] %}}",
            spot: False,
        }
        pause = sfn.Wait.jsonata(
            self,
            model.state("Wait for", "Capacity"),
            time=sfn.WaitTime.seconds(f"{{% 60 * $power(2, $count(${attempts})) %}}"),
        )
        pause.next(train)
        self.start: sfn.State = (
            sfn.Choice.jsonata(self, model.state("Check", "Capacity"))
            .when(sfn.Condition.jsonata(f"{{% ${spot} and {lost} %}}"), train, assign=noted)
            .when(sfn.Condition.jsonata(f"{{% {lost} %}}"), pause, assign=noted)
            .otherwise(on_error.start)
        )
