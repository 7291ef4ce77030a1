"""One-time schedules of EventBridge Scheduler."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

_ATTEMPTS: Final = 4


@dataclass(frozen=True)
class OneTime:
    """due: in UTC, to the second. action: `<service>:<action>` of an AWS SDK, called with the request."""

    name: str
    due: datetime
    action: str
    request: Mapping[str, Any]
    role_arn: str


class Schedules:
    """Those of one group."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._scheduler = boto3.client("scheduler")

    def put(self, once: OneTime) -> None:
        """Have it done when it is due, and not when a schedule of that name was due before."""
        partition = once.role_arn.split(":")[1]
        arguments = {
            "Name": once.name,
            "GroupName": self._group,
            "ScheduleExpression": f"at({once.due:%Y-%m-%dT%H:%M:%S})",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {
                "Arn": f"arn:{partition}:scheduler:::aws-sdk:{once.action}",
                "RoleArn": once.role_arn,
                "Input": json.dumps(once.request),
            },
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
