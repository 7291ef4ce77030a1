"""An alarm: what was asked for, its state, and what has happened to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
ACTIONS = {OK: "OKActions", ALARM: "AlarmActions", INSUFFICIENT_DATA: "InsufficientDataActions"}
"""Which of an alarm's settings names what is done when it gets into a state."""


@dataclass(frozen=True)
class State:
    """reason_data: JSON, empty where there is none."""

    value: str
    reason: str
    reason_data: str = ""
    since: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def as_json(self) -> dict[str, Any]:
        """As the history tells it."""
        data = {"stateReasonData": json.loads(self.reason_data)} if self.reason_data else {}
        return {"stateValue": self.value, "stateReason": self.reason, **data}


CREATED = "Unchecked: Initial alarm creation"


@dataclass(eq=False)
class Alarm:
    """A metric alarm, or a composite one where the settings hold a rule.

    An update of its settings makes another object, which takes the state along. `name`, `alarm_arn` and `state_value`
    are what moto and other services look for.
    """

    name: str
    alarm_arn: str
    settings: Mapping[str, Any]
    """The request of PutMetricAlarm or PutCompositeAlarm."""
    state: State = field(default_factory=lambda: State(INSUFFICIENT_DATA, CREATED))
    actions_enabled: bool = True
    configured: datetime = field(default_factory=lambda: datetime.now(UTC))
    due: str = "created"
    """Of a composite alarm: why its rule is to be evaluated even if no child changes; empty once it was."""

    @property
    def is_composite(self) -> bool:
        """Whether it is made of other alarms."""
        return "AlarmRule" in self.settings

    @property
    def kind(self) -> str:
        """CompositeAlarm or MetricAlarm."""
        return "CompositeAlarm" if self.is_composite else "MetricAlarm"

    @property
    def state_value(self) -> str:
        """OK, ALARM or INSUFFICIENT_DATA."""
        return self.state.value

    @property
    def queries(self) -> list[Mapping[str, Any]]:
        """What a metric alarm reads, as a list of MetricDataQuery."""
        settings = self.settings
        if settings.get("Metrics"):
            return list(settings["Metrics"])
        stat = {
            "Metric": {name: settings.get(name) for name in ("Namespace", "MetricName", "Dimensions")},
            "Stat": settings.get("Statistic") or settings.get("ExtendedStatistic"),
            "Period": settings["Period"],
            "Unit": settings.get("Unit"),
        }
        return [{"Id": "m1", "MetricStat": stat}]

    @property
    def watched(self) -> str:
        """The id of the query whose values are compared with the threshold."""
        return next(str(query["Id"]) for query in self.queries if query.get("ReturnData", True))

    def actions(self, state_value: str) -> list[str]:
        """The ARNs of what is done when it gets into this state."""
        return list(self.settings.get(ACTIONS[state_value]) or ())

    def describe(self) -> dict[str, Any]:
        """As DescribeAlarms has it."""
        shown = {name: value for name, value in self.settings.items() if name != "Tags"}
        return {
            **{name: [] for name in ACTIONS.values()},
            **({} if self.is_composite else {"Dimensions": []} if "MetricName" in self.settings else {}),
            **shown,
            "AlarmArn": self.alarm_arn,
            "ActionsEnabled": self.actions_enabled,
            "AlarmConfigurationUpdatedTimestamp": self.configured,
            "StateValue": self.state.value,
            "StateReason": self.state.reason,
            "StateReasonData": self.state.reason_data or None,
            "StateUpdatedTimestamp": self.state.since,
            "StateTransitionedTimestamp": self.state.since,
        }


@dataclass(frozen=True)
class HistoryItem:
    """One of the things that happened to an alarm."""

    alarm: str
    alarm_kind: str
    kind: str
    """ConfigurationUpdate, StateUpdate or Action."""
    summary: str
    data: Mapping[str, Any]
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def describe(self) -> dict[str, Any]:
        """As DescribeAlarmHistory has it."""
        return {
            "AlarmName": self.alarm,
            "AlarmType": self.alarm_kind,
            "Timestamp": self.at,
            "HistoryItemType": self.kind,
            "HistorySummary": self.summary,
            "HistoryData": json.dumps({"version": "1.0", **self.data}, default=stamp),
        }


def stamp(moment: object) -> str:
    """A time as CloudWatch's messages have it, `2022-09-25T18:50:37.811+0000`; JSON's `default`."""
    if not isinstance(moment, datetime):
        raise TypeError(f"{moment!r} is no time")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
