"""Schedules and the groups they are in: what was asked, and when it is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from local_aws.events import recurrence
from local_aws.events.recurrence import InvalidExpression, Once, Recurrence
from local_aws.scheduler.errors import ValidationException

_KEPT = (
    *("Name", "ScheduleExpression", "StartDate", "EndDate", "Description", "KmsKeyArn", "Target"),
    "FlexibleTimeWindow",
)
_DEFAULTS = {"ScheduleExpressionTimezone": "UTC", "State": "ENABLED", "ActionAfterCompletion": "NONE"}
_RETRIES = {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
_EARLIEST_START = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A schedule as it was last created or updated: an update replaces all of it."""

    arn: str
    group: str
    request: Mapping[str, Any]
    when: Recurrence
    created: datetime
    modified: datetime

    @property
    def name(self) -> str:
        """Of its own in its group."""
        return str(self.request["Name"])

    @property
    def target(self) -> Mapping[str, Any]:
        """What it calls."""
        target: Mapping[str, Any] = self.request["Target"]
        return target

    @property
    def group_arn(self) -> str:
        """What the trust policy of a target's role may name (User Guide, "Confused deputy prevention")."""
        return f"{self.arn.rpartition(':schedule/')[0]}:schedule-group/{self.group}"

    @property
    def is_enabled(self) -> bool:
        """Whether it is due at all."""
        return bool(self._setting("State") == "ENABLED")

    @property
    def is_deleted_after(self) -> bool:
        """Whether it goes with its last time."""
        return bool(self._setting("ActionAfterCompletion") == "DELETE")

    def times(self, now: datetime) -> Iterator[datetime]:
        """From now on. A rate begins with its StartDate, and without one at once; dates do not bear on `at()`."""
        if isinstance(self.when, Once):
            yield from self.when.times(now)
            return
        start, end = self.request.get("StartDate") or now, self.request.get("EndDate")
        for moment in self.when.times(start):
            if end is not None and moment > end:
                return
            if moment >= now:
                yield moment

    def describe(self) -> dict[str, Any]:
        """GetSchedule's answer."""
        kept = {name: self.request[name] for name in _KEPT if self.request.get(name) is not None}
        return {
            **_DEFAULTS,
            **kept,
            **{name: self._setting(name) for name in _DEFAULTS},
            "Arn": self.arn,
            "GroupName": self.group,
            "Target": {**self.target, "RetryPolicy": _RETRIES | (self.target.get("RetryPolicy") or {})},
            "CreationDate": self.created,
            "LastModificationDate": self.modified,
        }

    def summary(self) -> dict[str, Any]:
        """Its entry in ListSchedules."""
        names = ("Arn", "Name", "GroupName", "State", "CreationDate", "LastModificationDate")
        described = self.describe()
        return {name: described[name] for name in names} | {"Target": {"Arn": self.target["Arn"]}}

    def _setting(self, name: str) -> Any:
        return self.request.get(name) or _DEFAULTS[name]


@dataclass
class Group:
    """Schedules by name."""

    arn: str
    name: str
    created: datetime
    tags: dict[str, str] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """GetScheduleGroup's answer, and an entry in ListScheduleGroups."""
        dates = {"CreationDate": self.created, "LastModificationDate": self.created}
        return {"Arn": self.arn, "Name": self.name, "State": "ACTIVE", **dates}


def checked_times(request: Mapping[str, Any]) -> Recurrence:
    """When a request's schedule is due. Raises ValidationException."""
    expression = request["ScheduleExpression"]
    try:
        when = recurrence.parse(expression, zone=request.get("ScheduleExpressionTimezone") or "UTC")
    except InvalidExpression as error:
        raise ValidationException(f"Invalid Schedule Expression {expression}. ({error})") from error
    now = datetime.now(UTC)
    if isinstance(when, Once):
        if when.moment < now:
            raise ValidationException(f"Invalid Schedule Expression {expression}. (the time has passed)")
        return when
    _check_dates(request, now)
    return when


def _check_dates(request: Mapping[str, Any], now: datetime) -> None:
    start, end = request.get("StartDate"), request.get("EndDate")
    if start is not None and start < now - _EARLIEST_START:
        raise ValidationException("The StartDate you specify cannot be earlier than 5 minutes ago.")
    if end is not None and end < max(start or now, now):
        raise ValidationException("The EndDate you specify must come after the StartDate, and not have passed.")


def checked_window(request: Mapping[str, Any]) -> None:
    """Raises ValidationException unless the window's length goes with its mode; a target is called at its start."""
    window = request["FlexibleTimeWindow"]
    has_length = window.get("MaximumWindowInMinutes") is not None
    if has_length != (window["Mode"] == "FLEXIBLE"):
        raise ValidationException("MaximumWindowInMinutes is required for the mode FLEXIBLE, and for no other.")
