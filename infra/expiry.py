"""An endpoint's time to live: what a schedule calls when it is over, and the group that schedules are in."""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.functions import Capacity, PythonFunction
from infra.permissions import Permission
from infra.settings import Stage
from infra.teardown import may_remove_endpoint

EXPIRY = "endpoint-expiry"
"""The schedule that executions put, of which there is one."""
_AGAIN = "endpoint-expiry-again"
"""The one by which the function puts itself off."""


def schedule_arn(stage: Stage, name: str) -> str:
    """ARN of a schedule in the stage's group."""
    return f"arn:{Aws.PARTITION}:scheduler:{Aws.REGION}:{Aws.ACCOUNT_ID}:schedule/{stage.name}/{name}"


def scheduler_role(scope: Construct, id_: str, *, stage: Stage) -> iam.Role:
    """What EventBridge Scheduler works as, for schedules of the stage's own group alone."""
    group = f"arn:{Aws.PARTITION}:scheduler:{Aws.REGION}:{Aws.ACCOUNT_ID}:schedule-group/{stage.name}"
    return iam.Role(
        scope,
        id_,
        assumed_by=iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID, "aws:SourceArn": group}},
        ),
    )


def may_pass_to_scheduler(role_arn: str) -> Permission:
    """Hand that role to the Scheduler, and to no other service."""
    return Permission(
        actions=["iam:PassRole"],
        resources=[role_arn],
        conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
    )


class Schedules(Construct):
    """The group of all schedules of a stage, which go with it. `name` is also the stage's."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage) -> None:
        super().__init__(scope, id_)
        self.group = scheduler.CfnScheduleGroup(self, "Group", name=stage.name)
        self.name = self.group.ref


class EndpointExpiry(Construct):
    """Removes the endpoint, its config and model. `function_arn` is what a schedule calls, as `role_arn`.

    The names of the machine and of the group are written out: the machine's definition has this function's ARN in it.
    """

    def __init__(self, scope: Construct, id_: str, *, stage: Stage) -> None:
        super().__init__(scope, id_)
        self._role = scheduler_role(self, "Role", stage=stage)
        place = f"{Aws.REGION}:{Aws.ACCOUNT_ID}"
        machine = f"arn:{Aws.PARTITION}:states:{place}:stateMachine:{stage.name}"
        function = PythonFunction(
            self,
            "Function",
            stage=stage,
            module="expire",
            layers=[],
            environment={
                "NAME": stage.name,
                "MACHINE": machine,
                "SCHEDULE": EXPIRY,
                "AGAIN": _AGAIN,
                "ROLE": self._role.role_arn,
            },
            permissions=[
                Permission(actions=["states:ListExecutions"], resources=[machine]),
                Permission(actions=["scheduler:GetSchedule"], resources=[schedule_arn(stage, EXPIRY)]),
                Permission(
                    actions=["scheduler:CreateSchedule", "scheduler:UpdateSchedule"],
                    resources=[schedule_arn(stage, _AGAIN)],
                ),
                may_pass_to_scheduler(self._role.role_arn),
                *may_remove_endpoint(stage),
            ],
            capacity=Capacity(timeout=Duration.minutes(15), memory_mb=512),
        )
        self.function_arn, self.role_arn = function.arn, self._role.role_arn
        Permission(actions=["lambda:InvokeFunction"], resources=[function.arn]).grant(self._role)
