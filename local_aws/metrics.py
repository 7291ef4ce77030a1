"""What is measured: the data points of services, functions and clients, by metric. CloudWatch reads them."""

from __future__ import annotations

import bisect
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

MAX_SAMPLES = 100_000
"""Kept of each metric, the newest: a server is left running for days."""


class Measure(NamedTuple):
    """One value and its unit, by CloudWatch's name of it."""

    value: float
    unit: str


def count(value: float = 1) -> Measure:
    """A number of things; for a yes or no 1 or 0."""
    return Measure(value, "Count")


def milliseconds(seconds: float) -> Measure:
    """A duration that CloudWatch is told in milliseconds."""
    return Measure(seconds * 1e3, "Milliseconds")


def microseconds(seconds: float) -> Measure:
    """A duration that CloudWatch is told in microseconds."""
    return Measure(seconds * 1e6, "Microseconds")


@dataclass(frozen=True)
class Metric:
    """What identifies a metric within an account and region. dimensions: (name, value), by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> Metric:
        """The metric with these dimensions, in whatever order they are given."""
        return cls(namespace, name, tuple(sorted(dimensions.items())))


class Sample(NamedTuple):
    """One data point: a value that occurred so many `times`, or a set of statistics. at_s: Unix time, seconds."""

    at_s: float
    unit: str
    times: float
    total: float
    minimum: float
    maximum: float


class Metrics:
    """All data points of one local AWS, by region; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: dict[str, dict[Metric, list[Sample]]] = {}

    def publish(
        self,
        namespace: str,
        measures: Mapping[str, Measure],
        *,
        region: str,
        dimensions: Iterable[Mapping[str, str]],
    ) -> None:
        """Publish each measure, by its metric's name, now, once under each of these sets of dimensions."""
        now = time.time()
        for names in dimensions:
            for name, (value, unit) in measures.items():
                self.add(region, Metric.of(namespace, name, names), Sample(now, unit, 1, value, value, value))

    def add(self, region: str, metric: Metric, sample: Sample) -> None:
        """Keep one data point."""
        with self._lock:
            kept = self._samples.setdefault(region, {}).setdefault(metric, [])
            bisect.insort(kept, sample)
            if len(kept) > MAX_SAMPLES:
                del kept[: MAX_SAMPLES // 10]

    def between(self, region: str, metric: Metric, start_s: float, end_s: float) -> list[Sample]:
        """The data points from `start_s` up to, not including, `end_s`, in the order of their times."""
        with self._lock:
            kept = self._samples.get(region, {}).get(metric, [])
            return kept[bisect.bisect_left(kept, (start_s,)) : bisect.bisect_left(kept, (end_s,))]

    def names(self, region: str) -> list[Metric]:
        """Every metric that has a data point, in the order of their first ones."""
        with self._lock:
            return list(self._samples.get(region, {}))
