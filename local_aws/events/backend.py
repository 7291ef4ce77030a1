"""moto's buses and rules, with AWS's checks, rules that are due by the clock, and events that arrive."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from moto.events.models import EventBus, EventsBackend, Rule, events_backends

from local_aws.events import managed, recurrence, targets
from local_aws.events.dispatch import Dispatcher, envelope
from local_aws.events.errors import (
    InvalidEventPatternException,
    LimitExceededException,
    ManagedRuleException,
    ValidationException,
)
from local_aws.events.patterns import InvalidPattern, matcher
from local_aws.events.recurrence import InvalidExpression, Once, Rate, Recurrence
from local_aws.events.timetable import Timetable
from local_aws.world import ACCOUNT, World

MAX_TARGETS = 5
"""Of a rule ("Amazon EventBridge quotas")."""

_log = logging.getLogger(__name__)


class Backend(EventsBackend):
    """One region's EventBridge."""

    # moto looks for a backend's routes beside the module that its class names.
    __module__ = "moto.events.models"

    world: ClassVar[World]
    dispatcher: ClassVar[Dispatcher]
    timetable: ClassVar[Timetable]
    """Set once, by `hooks.install`."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._lock = threading.RLock()

    def put_rule(self, name: str, *args: Any, **request: Any) -> Rule:
        """PutRule: a schedule starts at once, and starts anew when the rule is put again."""
        pattern, schedule = request.get("event_pattern"), request.get("scheduled_expression")
        if pattern:
            _check_pattern(pattern)
        when = _schedule(schedule) if schedule else None
        if managed.is_managed(name):
            request["managed_by"] = managed.BY
        with self._lock:
            rule = super().put_rule(name, *args, **request)
            self._time(rule, when)
        return rule

    def delete_rule(self, name: str, event_bus_arn: str | None, *, is_forced: bool = False) -> None:
        """DeleteRule, which is no error for a rule that is gone."""
        if managed.is_managed(name) and not is_forced:
            raise ManagedRuleException(f"Rule {name} is managed by an AWS service can only be modified by this service")
        with self._lock:
            super().delete_rule(name, event_bus_arn)
            self.timetable.remove(self._key(name))

    def enable_rule(self, name: str, event_bus_arn: str | None) -> bool:
        """EnableRule."""
        with self._lock:
            found: bool = super().enable_rule(name, event_bus_arn)
            self._retime(name, event_bus_arn, found=found)
        return found

    def disable_rule(self, name: str, event_bus_arn: str | None) -> bool:
        """DisableRule."""
        with self._lock:
            found: bool = super().disable_rule(name, event_bus_arn)
            self._retime(name, event_bus_arn, found=found)
        return found

    def put_targets(self, name: str, event_bus_arn: str | None, wanted: list[dict[str, Any]]) -> None:
        """PutTargets, all or none of them. Raises for the first that would not be reached here."""
        with self._lock:
            rule = self._get_event_bus(self._normalize_event_bus_arn(event_bus_arn)).rules.get(name)
            if rule is not None:  # moto's own refuses for one that is not there
                _check_targets(rule, wanted)
            super().put_targets(name, event_bus_arn, wanted)

    def put_events(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """PutEvents: an answer to each entry, an EventId or an error. Sources that begin with `aws.` are AWS's own."""
        return [self._put_entry(entry) for entry in entries]

    def emit(self, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]) -> None:
        """An AWS service's own event, on the default bus. Whatever becomes of it is not the service's concern."""
        event = envelope(
            source, detail_type, detail, account=self.account_id, region=self.region_name, resources=resources
        )
        try:
            self.dispatcher.put(self._get_event_bus("default"), event)
        except Exception:  # noqa: BLE001 - else a fault here would fail a job or an upload
            _log.exception("%s of %s", detail_type, source)

    def _put_entry(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                said = f"Parameter {name} is not valid. Reason: {name} is a required argument."
                return _error("InvalidArgument", said)
        if entry["Source"].startswith("aws."):
            return _error("NotAuthorizedForSourceException", "Not authorized for the source.")
        detail = _detail(entry["Detail"])
        if detail is None:
            return _error("MalformedDetail", "Detail is malformed.")
        event = envelope(
            entry["Source"],
            entry["DetailType"],
            detail,
            account=self.account_id,
            region=self.region_name,
            resources=entry.get("Resources") or (),
            time=_moment(entry.get("Time")),
        )
        bus = self._bus(entry.get("EventBusName"))
        if bus is not None:  # events for a bus that is not there are accepted and lost (PutEvents, API Reference)
            self.dispatcher.put(bus, event)
        return {"EventId": event["id"]}

    def _bus(self, name: str | None) -> EventBus | None:
        return self.event_buses.get(self._normalize_event_bus_arn(name))

    def _retime(self, name: str, event_bus_arn: str | None, *, found: bool) -> None:
        if found:
            rule = self.describe_rule(name, event_bus_arn)
            self._time(rule, recurrence.parse(rule.scheduled_expression) if rule.scheduled_expression else None)

    def _time(self, rule: Rule, when: Recurrence | None) -> None:
        """Only the default bus has rules with schedules, so that a rule's name stands for it."""
        if rule.event_bus_name != "default":
            return
        if when is None or rule.state != "ENABLED":
            self.timetable.remove(self._key(rule.name))
            return
        times = when.times(datetime.now(UTC))
        if isinstance(when, Rate):
            next(times)  # a rate's first time is one distance after the rule was made
        self.timetable.put(self._key(rule.name), times, self._firing(rule))

    def _firing(self, rule: Rule) -> Callable[[datetime], None]:
        def fire(due: datetime) -> None:
            event = envelope(
                "aws.events",
                "Scheduled Event",
                {},
                account=self.account_id,
                region=self.region_name,
                resources=[rule.arn],
                time=due,
            )
            self.dispatcher.fire(rule, event)

        return fire

    def _key(self, rule_name: str) -> tuple[str, str, str, str]:
        return "rule", self.account_id, self.region_name, rule_name


def backend_of(region: str) -> Backend:
    """The account's EventBridge in a region."""
    found = events_backends[ACCOUNT][region]
    assert isinstance(found, Backend)  # noqa: S101 - hooks.install put it there
    return found


def _check_targets(rule: Rule, wanted: Sequence[Mapping[str, Any]]) -> None:
    if not managed.is_managed(rule.name):
        for target in wanted:
            targets.check(target, rule.arn)
    if len({each["Id"] for each in [*rule.targets, *wanted]}) > MAX_TARGETS:
        raise LimitExceededException("The requested resource exceeds the maximum number allowed.")


def _moment(time: float | str | None) -> datetime | None:
    """Of a request's timestamp, which is seconds or ISO 8601."""
    if time is None:
        return None
    return datetime.fromisoformat(time) if isinstance(time, str) else datetime.fromtimestamp(time, UTC)


def _check_pattern(text: str) -> None:
    try:
        matcher(text)
    except InvalidPattern as error:
        raise InvalidEventPatternException(str(error)) from error


def _schedule(expression: str) -> Recurrence:
    try:
        parsed = recurrence.parse(expression)
    except InvalidExpression as error:
        raise ValidationException(f"Parameter ScheduleExpression is not valid. ({error})") from error
    if isinstance(parsed, Once):
        raise ValidationException("Parameter ScheduleExpression is not valid. (at() is EventBridge Scheduler's)")
    return parsed


def _detail(text: str) -> dict[str, Any] | None:
    try:
        detail = json.loads(text)
    except ValueError:
        return None
    return detail if isinstance(detail, dict) else None


def _error(code: str, message: str) -> dict[str, Any]:
    return {"ErrorCode": code, "ErrorMessage": message}
