"""The endpoint's time to live: one schedule, which the newest release moves or takes away."""

from __future__ import annotations

import json
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.expiry import EXPIRY, EndpointExpiry, may_pass_to_scheduler, schedule_arn
from infra.permissions import Permission
from infra.settings import Stage
from infra.workflow.states import Json, Step, caught, retried, task

TRANSIENT_SCHEDULER: Final = (
    "Scheduler.InternalServerException",
    "Scheduler.SchedulerException",
    "Scheduler.SdkClientException",
    "Scheduler.ThrottlingException",
)
_MISSING: Final = "Scheduler.ResourceNotFoundException"


class LimitEndpoint(Construct):
    """After a release: `$endpoint.expires` is when the endpoint goes, or null where it stays.

    The schedule is of the endpoint, whatever it serves: also where a later failure puts the earlier config back.
    """

    def __init__(
        self, scope: Construct, id_: str, *, stage: Stage, expiry: EndpointExpiry, on_error: sfn.State
    ) -> None:
        super().__init__(scope, id_)
        self._named: Json = {"GroupName": stage.name, "Name": EXPIRY}
        self._expiry, self._on_error = expiry, on_error
        done = sfn.Pass.jsonata(self, "Finish Limit")
        create = self._of_schedule("Create Expiry", "createSchedule", self._once(), done)
        move = self._of_schedule("Update Expiry", "updateSchedule", self._once(), done, missing=create)
        remove = self._of_schedule("Delete Expiry", "deleteSchedule", self._named, done, missing=done)
        begin = sfn.Pass.jsonata(
            self,
            "Begin Limit",
            assign={"endpoint": f"{{% $merge([$endpoint, {{'expires': {_EXPIRES}}}]) %}}"},
        )
        begin.next(
            sfn.Choice.jsonata(self, "Choose Limit")
            .when(sfn.Condition.jsonata("{% $endpoint.expires = null %}"), remove)
            .otherwise(move)
        )
        self.step = Step(start=begin, ends=[done], permissions=_permissions(stage, expiry))

    def _once(self) -> Json:
        return {
            **self._named,
            "ScheduleExpression": "{% 'at(' & $endpoint.expires & ')' %}",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {"Arn": self._expiry.function_arn, "RoleArn": self._expiry.role_arn, "Input": json.dumps({})},
        }

    def _of_schedule(
        self, name: str, action: str, arguments: Json, following: sfn.State, *, missing: sfn.State | None = None
    ) -> sfn.CustomState:
        """`missing`: where it goes on when there is no such schedule."""
        resource = f"aws-sdk:scheduler:{action}"
        state = task(self, name, resource=resource, arguments=arguments, timeout=Duration.minutes(1))
        retried(state, TRANSIENT_SCHEDULER, interval_s=2, attempts=5)
        state.next(following)
        if missing is not None:
            state.add_catch(missing, errors=[_MISSING])
        return caught(state, self._on_error)


# In UTC, to the second, as the Scheduler takes it. A serverless endpoint costs nothing while nobody asks it.
_EXPIRES: Final = (
    "($hours := $exists($job.deploy.ttl_hours) ? $job.deploy.ttl_hours : "
    "$job.deploy.mode = 'realtime' ? $job.usual_ttl_hours : null; "
    "$hours = null ? null : $substring($fromMillis($millis() + $round($hours * 3600000)), 0, 19))"
)


def _permissions(stage: Stage, expiry: EndpointExpiry) -> list[Permission]:
    actions = ("CreateSchedule", "UpdateSchedule", "DeleteSchedule")
    return [
        Permission(actions=[f"scheduler:{action}" for action in actions], resources=[schedule_arn(stage, EXPIRY)]),
        may_pass_to_scheduler(expiry.role_arn),
    ]
