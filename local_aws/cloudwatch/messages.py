"""What alarms send: the message to a topic, as CloudWatch writes it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from botocore.session import Session

from local_aws.cloudwatch.alarms import Alarm, State, stamp

MAX_SUBJECT = 100
"""Characters of a Subject (Publish's documentation)."""


def subject(alarm: Alarm, state: State, region: str) -> str:
    """`ALARM: "name" in EU (Ireland)`."""
    return f'{state.value}: "{alarm.name}" in {region_name(region)}'[:MAX_SUBJECT]


def message(alarm: Alarm, before: State, state: State, *, account: str, region: str) -> str:
    """The message's JSON. Members and their order are those of messages that people have received and published."""
    settings = alarm.settings
    told = {
        "AlarmName": alarm.name,
        "AlarmDescription": settings.get("AlarmDescription"),
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configured),
        "NewStateValue": state.value,
        "NewStateReason": state.reason,
        "StateChangeTime": stamp(state.since),
        "Region": region_name(region),
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before.value,
        **{name: settings.get(name) or [] for name in ("OKActions", "AlarmActions", "InsufficientDataActions")},
    }
    return json.dumps(told | (_composite(alarm, state) if alarm.is_composite else {"Trigger": _trigger(settings)}))


def detail(alarm: Alarm, before: State, state: State) -> dict[str, Any]:
    """The detail of the event of a change of state ("Alarm events and EventBridge")."""
    settings = alarm.settings
    described = {"description": settings["AlarmDescription"]} if settings.get("AlarmDescription") else {}
    if alarm.is_composite:
        configuration: dict[str, Any] = {"alarmRule": settings["AlarmRule"]}
    else:
        configuration = {"metrics": [_event_query(query) for query in alarm.queries]}
    return {
        "alarmName": alarm.name,
        "configuration": {**described, **configuration},
        "previousState": _event_state(before),
        "state": _event_state(state),
    }


@lru_cache
def region_name(region: str) -> str:
    """AWS's name of a region, `EU (Ireland)`."""
    partitions = Session().get_component("data_loader").load_data("endpoints")["partitions"]
    names = {name: told["description"] for each in partitions for name, told in each["regions"].items()}
    return str(names.get(region, region)).replace("Europe (", "EU (")


def _composite(alarm: Alarm, state: State) -> dict[str, Any]:
    triggering = json.loads(state.reason_data or "{}").get("triggeringAlarms", [])
    children = [
        {"Arn": child["arn"], "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]}}
        for child in triggering
    ]
    return {"AlarmRule": alarm.settings["AlarmRule"], "TriggeringChildren": children}


def _trigger(settings: Mapping[str, Any]) -> dict[str, Any]:
    compared = {
        "Period": settings.get("Period"),
        "EvaluationPeriods": settings["EvaluationPeriods"],
        **({"DatapointsToAlarm": settings["DatapointsToAlarm"]} if settings.get("DatapointsToAlarm") else {}),
        "ComparisonOperator": settings["ComparisonOperator"],
        "Threshold": float(settings["Threshold"]),
        "TreatMissingData": settings.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": settings.get("EvaluateLowSampleCountPercentile") or "",
    }
    if "Metrics" in settings:
        return {**compared, "Metrics": [_query(query) for query in settings["Metrics"]]}
    kind = "Statistic" if settings.get("Statistic") else "ExtendedStatistic"
    value = settings[kind]
    return {
        "MetricName": settings["MetricName"],
        "Namespace": settings["Namespace"],
        "StatisticType": kind,
        kind: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value).upper() if kind == "Statistic" else value,
        "Unit": settings.get("Unit"),
        "Dimensions": _dimensions(settings),
        **compared,
    }


def _event_state(state: State) -> dict[str, Any]:
    data = {"reasonData": state.reason_data} if state.reason_data else {}
    return {"reason": state.reason, **data, "timestamp": stamp(state.since), "value": state.value}


def _event_query(query: Mapping[str, Any]) -> dict[str, Any]:
    told = {name[:1].lower() + name[1:]: query[name] for name in ("Id", "Expression", "Label") if query.get(name)}
    if stat := query.get("MetricStat"):
        metric = stat["Metric"]
        dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or ()}
        named = {"namespace": metric["Namespace"], "name": metric["MetricName"], "dimensions": dimensions}
        told["metricStat"] = {"metric": named, "period": int(stat["Period"]), "stat": stat["Stat"]}
    return {**told, "returnData": query.get("ReturnData", True)}


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(query)
    if stat := query.get("MetricStat"):
        shown["MetricStat"] = {**stat, "Metric": {**stat["Metric"], "Dimensions": _dimensions(stat["Metric"])}}
    return {**shown, "ReturnData": query.get("ReturnData", True)}


def _dimensions(metric: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"value": each["Value"], "name": each["Name"]} for each in metric.get("Dimensions") or ()]
