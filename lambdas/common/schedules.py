"""One-time schedules of EventBridge Scheduler."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

_ATTEMPTS: Final = 4


@dataclass(frozen=True)
class OneTime:
    """due: in UTC, to the second. text: what the target gets, as JSON."""

    name: str
    due: datetime
    target_arn: str
    text: str
    role_arn: str


def action_arn(action: str, *, role_arn: str) -> str:
    """The target that calls `<service>:<action>` of an AWS SDK with what it gets; in the role's partition."""
    return f"arn:{role_arn.split(':')[1]}:scheduler:::aws-sdk:{action}"


class Schedules:
    """Those of one group."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._scheduler = boto3.client("scheduler")

    def due(self, name: str) -> datetime | None:
        """When a one-time schedule is due; None where there is none."""
        try:
            found = self._scheduler.get_schedule(Name=name, GroupName=self._group)["ScheduleExpression"]
        except self._scheduler.exceptions.ResourceNotFoundException:
            return None
        at = re.fullmatch(r"at\((.+)\)", found)
        return datetime.fromisoformat(at[1]).replace(tzinfo=UTC) if at else None

    def put(self, once: OneTime) -> None:
        """Have it done when it is due, and not when a schedule of that name was due before."""
        arguments = {
            "Name": once.name,
            "GroupName": self._group,
            "ScheduleExpression": f"at({once.due:%Y-%m-%dT%H:%M:%S})",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {"Arn": once.target_arn, "RoleArn": once.role_arn, "Input": once.text},
        }
        for attempt in range(_ATTEMPTS):
            try:
                self._scheduler.update_schedule(**arguments)
                return
            except self._scheduler.exceptions.ResourceNotFoundException:
                if self._created(arguments, is_last=attempt == _ATTEMPTS - 1):
                    return

    def _created(self, arguments: Mapping[str, Any], *, is_last: bool) -> bool:
        """False where another object's arrival was faster."""
        try:
            self._scheduler.create_schedule(**arguments)
        except ClientError as error:
            if is_last or error.response["Error"]["Code"] != "ConflictException":
                raise
            return False
        return True
