"""One account's CloudWatch in one region: alarms, their history, and the way to the data points."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, ClassVar

from moto.cloudwatch.models import CloudWatchBackend

from local_aws.cloudwatch.alarms import Alarm, HistoryItem, State
from local_aws.cloudwatch.notifier import Notifier
from local_aws.cloudwatch.queries import Source
from local_aws.metrics import Metric, Metrics
from local_aws.world import World

MAX_HISTORY = 10_000
"""Items kept, of all alarms of a region, also of those that were deleted."""


class Backend(CloudWatchBackend):
    """moto's store of dashboards and tags, with alarms that are watched. Whoever changes an alarm holds the lock."""

    # moto looks for a backend's routes beside the module that its class names.
    __module__ = "moto.cloudwatch.models"

    world: ClassVar[World]
    notifier: ClassVar[Notifier]
    """Both set once, by `hooks.install`."""
    changed: ClassVar[threading.Event] = threading.Event()
    """Set when there is an alarm to watch."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        # Of what moto's own alarms have besides nobody reads anything.
        self.alarms: dict[str, Alarm] = {}  # type: ignore[assignment]
        self.history: deque[HistoryItem] = deque(maxlen=MAX_HISTORY)
        """The oldest first."""

    @property
    def metrics(self) -> Metrics:
        """The data points of all regions."""
        return self.world.metrics

    @property
    def source(self) -> Source:
        """The data points of this region."""
        return Source(self.world.metrics, self.region_name)

    def unit_of(self, metric: Metric) -> str:
        """The unit of the metric's newest data point; `None` is a unit too."""
        samples = self.metrics.between(self.region_name, metric, 0, float("inf"))
        return samples[-1].unit if samples else "None"

    def arn(self, alarm: str) -> str:
        """An alarm's ARN."""
        return f"arn:{self.partition}:cloudwatch:{self.region_name}:{self.account_id}:alarm:{alarm}"

    def keep(self, alarm: Alarm, *, update: bool) -> None:
        """Store an alarm, new or in the place of the one of its name."""
        with self.lock:
            self.alarms[alarm.name] = alarm
            verb, kind, key = ("updated", "Update", "updatedAlarm") if update else ("created", "Create", "createdAlarm")
            told = {"type": kind, key: alarm.settings}
            self.note(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" {verb}', told)
        self.changed.set()

    def note(self, alarm: Alarm, kind: str, summary: str, data: dict[str, Any]) -> None:
        """Write an item of an alarm's history."""
        self.history.append(HistoryItem(alarm.name, alarm.kind, kind, summary, data))

    def move(self, alarm: Alarm, state: State) -> None:
        """Bring an alarm into another state, and have its actions called; nothing where it is in it already.

        An alarm that was updated or deleted meanwhile stays as it is.
        """
        with self.lock:
            before = alarm.state
            if before.value == state.value or self.alarms.get(alarm.name) is not alarm:
                return
            alarm.state = state
            summary = f"Alarm updated from {before.value} to {state.value}"
            self.note(alarm, "StateUpdate", summary, {"oldState": before.as_json, "newState": state.as_json})
            self.notifier.tell(self, alarm, before, state)

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """Of alarms, as moto does it, and of dashboards, which it knows no tags of."""
        if any(dashboard.arn == arn for dashboard in self.dashboards.values()):
            self.tagger.tag_resource(arn, self.tagger.convert_dict_to_tags_input(tags))
        else:
            super().tag_resource(arn, tags)

    def delete_dashboards(self, dashboards: list[str]) -> str | None:
        """Their tags too; returns what is wrong, if anything is."""
        arns = [self.dashboards[name].arn for name in dashboards if name in self.dashboards]
        problem = super().delete_dashboards(dashboards)
        if problem is None:
            for arn in arns:
                self.tagger.delete_all_tags_for_resource(arn)
        return problem

    def put_metric_alarm(self, *_: Any, **__: Any) -> Any:
        """How moto's scaling of other services makes alarms, which this local AWS does not do."""
        raise NotImplementedError("PutMetricAlarm")
