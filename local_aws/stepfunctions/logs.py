"""An execution's history as log events, in the form Step Functions delivers it to CloudWatch Logs."""

from __future__ import annotations

import datetime
import json
import uuid
from typing import Any

from moto.logs.models import logs_backends
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.eval.event.logging import is_logging_enabled_for

from local_aws.stepfunctions.encoding import to_text
from local_aws.stepfunctions.timestamps import now

EXECUTION_DATA = ("input", "inputDetails", "output", "outputDetails")


def group_arn(configuration: dict[str, Any] | None) -> str | None:
    """The log group of a logging configuration, None when its level is OFF.

    Raises ValueError when it has a level but no single log group.
    """
    level = (configuration or {}).get("level", "OFF")
    if configuration is None or level == "OFF":
        return None
    destinations = configuration.get("destinations") or []
    arns = [place.get("cloudWatchLogsLogGroup", {}).get("logGroupArn") for place in destinations]
    if len(arns) != 1 or not arns[0] or not arns[0].endswith(":*"):
        raise ValueError(f"level {level} needs exactly one log group ARN that ends in :*, got {arns}")
    return str(arns[0])


class LogDelivery:
    """Writes as AWS's delivery does: by itself, not as the role; a log group that is gone loses the events."""

    def __init__(self, configuration: dict[str, Any], *, machine: str, execution_arn: str) -> None:
        arn = group_arn(configuration)
        if arn is None:
            raise ValueError(f"logging is off: {configuration}")
        _, _, _, region, account, _, self._group, _ = arn.split(":")
        self._backend = logs_backends[account][region]
        self._level = configuration["level"]
        self._with_data = bool(configuration.get("includeExecutionData"))
        self._execution_arn = execution_arn
        self._stream = f"states/{machine}/{now():%Y-%m-%d-%H-%M}/{uuid.uuid4().hex[:8]}"

    def write(
        self, event_id: int, previous_id: int, event_type: HistoryEventType, timestamp: str, details: Any
    ) -> None:
        """Deliver one event if the level asks for its type."""
        if not is_logging_enabled_for(self._level, event_type):
            return
        moment_ms = round(datetime.datetime.fromisoformat(timestamp).timestamp() * 1000)
        message = {
            "id": str(event_id),
            "type": str(event_type.value),
            "details": self._details(details),
            "previous_event_id": str(previous_id),
            "event_timestamp": str(moment_ms),
            "execution_arn": self._execution_arn,
            "redrive_count": "0",
        }
        self._put({"timestamp": moment_ms, "message": to_text(message)})

    def _details(self, details: Any) -> dict[str, Any]:
        body = dict(next(iter(details.values()))) if details else {}
        shown = body if self._with_data else {key: item for key, item in body.items() if key not in EXECUTION_DATA}
        return dict(json.loads(to_text(shown)))

    def _put(self, event: dict[str, Any]) -> None:
        group = self._backend.groups.get(self._group)
        if group is None:
            return
        if self._stream not in group.streams:
            self._backend.create_log_stream(self._group, self._stream)
        self._backend.put_log_events(self._group, self._stream, [event])
