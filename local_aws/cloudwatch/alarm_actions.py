"""Actions on alarms: put, describe, delete, set the state, read the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from local_aws.cloudwatch import validation
from local_aws.cloudwatch.alarms import Alarm, HistoryItem, State
from local_aws.cloudwatch.backend import Backend
from local_aws.cloudwatch.composite import Rule
from local_aws.cloudwatch.data_actions import seconds
from local_aws.cloudwatch.errors import InvalidParameterValue, ResourceNotFound, ValidationError
from local_aws.cloudwatch.queries import metric_of
from local_aws.metrics import Metric
from local_aws.paging import page_of

_PAGE = 50
_KINDS = ("MetricAlarm", "CompositeAlarm")


def put_metric_alarm(backend: Backend, request: dict[str, Any]) -> None:
    """PutMetricAlarm: a new alarm has INSUFFICIENT_DATA; an updated one keeps its state."""
    validation.check_actions(request)
    validation.check_metric_alarm(request)
    _put(backend, request)


def put_composite_alarm(backend: Backend, request: dict[str, Any]) -> None:
    """PutCompositeAlarm: the alarms of its rule must be there."""
    validation.check_actions(request)
    rule = Rule(request["AlarmRule"])
    with backend.lock:
        if unknown := [name for name in rule.children if name not in backend.alarms]:
            raise ValidationError(
                f"Could not save the composite alarm as alarms [{', '.join(unknown)}] in the alarm rule do not exist"
            )
        _put(backend, request)


def describe(backend: Backend, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeAlarms: metric alarms only, unless AlarmTypes says otherwise, as on AWS."""
    with backend.lock:
        related = _related(backend, request)
        kinds = _KINDS if related is not None else request.get("AlarmTypes") or _KINDS[:1]
        alarms = sorted(backend.alarms.values() if related is None else related, key=lambda alarm: alarm.name)
        found = [alarm for alarm in alarms if alarm.kind in kinds and _is_meant(alarm, request)]
        shown, token = _page(found, request, size=_PAGE)
        described = [(alarm.kind, alarm.describe()) for alarm in shown]
    return {
        "MetricAlarms": [told for kind, told in described if kind == "MetricAlarm"],
        "CompositeAlarms": [told for kind, told in described if kind == "CompositeAlarm"],
        "NextToken": token,
    }


def describe_for_metric(backend: Backend, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeAlarmsForMetric: alarms on this very metric."""
    wanted = metric_of(request)
    asked = {name: request[name] for name in ("Statistic", "ExtendedStatistic", "Period", "Unit") if request.get(name)}

    def is_meant(settings: Mapping[str, Any]) -> bool:
        return _metric(settings) == wanted and all(settings.get(name) == value for name, value in asked.items())

    with backend.lock:
        return {"MetricAlarms": [alarm.describe() for alarm in backend.alarms.values() if is_meant(alarm.settings)]}


def delete(backend: Backend, request: dict[str, Any]) -> None:
    """DeleteAlarms: names that are none are passed over; an alarm that a composite one is made of stays."""
    with backend.lock:
        alarms = [backend.alarms[name] for name in request["AlarmNames"] if name in backend.alarms]
        if sum(alarm.is_composite for alarm in alarms) > 1:
            raise ValidationError("You can't delete two composite alarms with one operation.")
        for alarm in alarms:
            if any(parent is not alarm for parent in _parents(backend, alarm.name)):
                raise ValidationError(f"Cannot delete {alarm.name} as there are composite alarm(s) depending on it.")
        for alarm in alarms:
            del backend.alarms[alarm.name]
            backend.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
            told = {"type": "Delete", "deletedAlarm": {"alarmName": alarm.name, "alarmArn": alarm.alarm_arn}}
            backend.note(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" deleted', told)


def set_state(backend: Backend, request: dict[str, Any]) -> None:
    """SetAlarmState: until the next evaluation, which for a composite alarm is when one of its alarms changes."""
    with backend.lock:
        alarm = backend.alarms.get(request["AlarmName"])
        if alarm is None:
            raise ResourceNotFound("Unknown")
        state = State(request["StateValue"], request["StateReason"], request.get("StateReasonData") or "")
        if alarm.is_composite:
            alarm.due = ""
        backend.move(alarm, state)


def enable_actions(backend: Backend, request: dict[str, Any]) -> None:
    """EnableAlarmActions."""
    _set_enabled(backend, request["AlarmNames"], is_enabled=True)


def disable_actions(backend: Backend, request: dict[str, Any]) -> None:
    """DisableAlarmActions."""
    _set_enabled(backend, request["AlarmNames"], is_enabled=False)


def history(backend: Backend, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeAlarmHistory, of alarms that were deleted too; of metric alarms unless AlarmTypes says otherwise."""
    kinds = request.get("AlarmTypes") or _KINDS[:1]
    start, end = request.get("StartDate"), request.get("EndDate")

    def is_meant(item: HistoryItem) -> bool:
        return (
            request.get("AlarmName") in (None, item.alarm)
            and item.alarm_kind in kinds
            and request.get("HistoryItemType") in (None, item.kind)
            and (start is None or seconds(item.at) >= seconds(start))
            and (end is None or seconds(item.at) <= seconds(end))
        )

    found = [item for item in list(backend.history) if is_meant(item)]
    if request.get("ScanBy") != "TimestampAscending":
        found.reverse()
    shown, token = _page(found, request, size=100)
    return {"AlarmHistoryItems": [item.describe() for item in shown], "NextToken": token}


def _put(backend: Backend, request: dict[str, Any]) -> None:
    name, arn = request["AlarmName"], backend.arn(request["AlarmName"])
    enabled = request.get("ActionsEnabled")
    alarm = Alarm(name, arn, request, actions_enabled=enabled is not False)
    with backend.lock:
        before = backend.alarms.get(name)
        if before is not None and before.kind != alarm.kind:
            raise ValidationError(f"Alarm {name} is a {before.kind}, and cannot become a {alarm.kind}.")
        if before is not None:
            alarm.state, alarm.due = before.state, "updated"
        elif request.get("Tags"):  # as on AWS those of an update are ignored
            backend.tagger.tag_resource(arn, request["Tags"])
        backend.keep(alarm, update=before is not None)


def _related(backend: Backend, request: Mapping[str, Any]) -> list[Alarm] | None:
    """What ChildrenOfAlarmName or ParentsOfAlarmName asks for; None where neither is given."""
    if parent := request.get("ChildrenOfAlarmName"):
        rule = backend.alarms[parent].settings.get("AlarmRule") if parent in backend.alarms else None
        return [backend.alarms[name] for name in Rule(rule).children if name in backend.alarms] if rule else []
    if child := request.get("ParentsOfAlarmName"):
        return _parents(backend, child)
    return None


def _parents(backend: Backend, name: str) -> list[Alarm]:
    composites = [alarm for alarm in backend.alarms.values() if alarm.is_composite]
    return [alarm for alarm in composites if name in Rule(alarm.settings["AlarmRule"]).children]


def _is_meant(alarm: Alarm, request: Mapping[str, Any]) -> bool:
    prefix = request.get("ActionPrefix")
    actions: Iterable[str] = (
        action
        for name in ("AlarmActions", "OKActions", "InsufficientDataActions")
        for action in alarm.settings.get(name) or ()
    )
    names = request.get("AlarmNames")
    return (
        (not names or alarm.name in names)
        and alarm.name.startswith(request.get("AlarmNamePrefix") or "")
        and request.get("StateValue") in (None, alarm.state_value)
        and (not prefix or any(action.startswith(prefix) for action in actions))
    )


def _metric(settings: Mapping[str, Any]) -> Metric | None:
    return metric_of(settings) if settings.get("MetricName") else None


def _set_enabled(backend: Backend, names: Iterable[str], *, is_enabled: bool) -> None:
    with backend.lock:
        for name in names:
            if name in backend.alarms:
                backend.alarms[name].actions_enabled = is_enabled


def _page(items: list[Any], request: Mapping[str, Any], *, size: int) -> tuple[Any, str | None]:
    asked = int(request.get("MaxRecords") or size)
    return page_of(items, token=request.get("NextToken"), size=asked, refusal=InvalidParameterValue)
