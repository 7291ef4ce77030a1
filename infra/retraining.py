"""Executions that nobody starts by hand: by a schedule, and when ratings have arrived. Both are off unless set."""

from __future__ import annotations

import json

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.expiry import may_pass_to_scheduler, schedule_arn, scheduler_role
from infra.functions import Capacity, PythonFunction
from infra.lost_arrivals import LostArrivals
from infra.permissions import Permission
from infra.settings import Stage
from infra.storage import INCOMING

RETRAIN = "retrain"
_ARRIVED = "arrived-"


class Retraining(Construct):
    """Schedules that start the machine, under a role that may do nothing else. `group`: the name of theirs."""

    def __init__(
        self, scope: Construct, id_: str, *, stage: Stage, bucket: s3.IBucket, machine_arn: str, group: str
    ) -> None:
        super().__init__(scope, id_)
        self._stage, self._machine_arn, self._group = stage, machine_arn, group
        self._role = _starter(self, stage, machine_arn)
        if stage.retrain_schedule is not None:
            self._by_schedule(stage.retrain_schedule)
        if stage.retrain_on_upload:
            self._on_upload(bucket)

    def _by_schedule(self, expression: str) -> None:
        """While another execution runs there is no need for this one, and nobody is told: the next comes by itself."""
        schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            name=RETRAIN,
            group_name=self._group,
            description=f"{self._stage.name}: retrains",
            schedule_expression=expression,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=self._machine_arn,
                role_arn=self._role.role_arn,
                input=json.dumps({**self._stage.retrain_input, "overlap": "skip"}),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(maximum_retry_attempts=5),
            ),
        )
        schedule.node.add_dependency(self._role)  # it may be due at once

    def _on_upload(self, bucket: s3.IBucket) -> None:
        """Each object moves its dataset's start on, until none has come for a while."""
        lost = LostArrivals(self, "Lost", stage=self._stage)
        arrived = PythonFunction(
            self,
            "Arrived",
            stage=self._stage,
            module="arrived",
            layers=[],
            environment={
                "GROUP": self._group,
                "MACHINE": self._machine_arn,
                "ROLE": self._role.role_arn,
                "INPUT": json.dumps(dict(self._stage.retrain_input)),
                "QUIET_S": str(self._stage.upload_quiet_s),
            },
            permissions=[*self._may_schedule(), may_pass_to_scheduler(self._role.role_arn), lost.permission],
            capacity=Capacity(timeout=Duration.minutes(1)),
        )
        lost.take_from_function(arrived.function)
        self._tell(arrived.function, bucket, lost)

    def _tell(self, function: lambda_.Function, bucket: s3.IBucket, lost: LostArrivals) -> None:
        rule = events.CfnRule(
            self,
            "Uploads",
            description=f"{self._stage.name}: ratings have arrived",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": [bucket.bucket_name]}, "object": {"key": [{"prefix": f"{INCOMING}/"}]}},
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="arrived",
                    arn=function.function_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=lost.arn),
                )
            ],
        )
        lost.let_rule(rule.attr_arn)
        function.add_permission(
            "Rule", principal=iam.ServicePrincipal("events.amazonaws.com"), source_arn=rule.attr_arn
        )

    def _may_schedule(self) -> list[Permission]:
        return [
            Permission(
                actions=["scheduler:CreateSchedule", "scheduler:UpdateSchedule"],
                resources=[schedule_arn(self._stage, f"{_ARRIVED}*")],
                because="the * stands for the datasets that will arrive",
            )
        ]


def _starter(scope: Construct, stage: Stage, machine_arn: str) -> iam.Role:
    """What the Scheduler starts executions as."""
    role = scheduler_role(scope, "Role", stage=stage)
    Permission(actions=["states:StartExecution"], resources=[machine_arn]).grant(role)
    return role
