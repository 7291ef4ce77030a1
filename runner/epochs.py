"""A training job's log → its epochs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
# Of a regressor's three losses the one in the ratings' unit that training makes small, by its square.
_MEASURES = {"binary_classification_cross_entropy": "cross-entropy", "rmse": "RMSE"}
_EPOCH = re.compile(rf"#quality_metric: host=\S+, epoch=(\d+), train ({'|'.join(_MEASURES)}) <loss>=(\S+)")


@dataclass(frozen=True)
class Epoch:
    """`number` from 1. `loss` over the training rows: cross-entropy in nats, or RMSE in the unit of the label."""

    number: int
    measure: str
    loss: float


class EpochLog:
    """The epochs of one job as its log grows."""

    def __init__(self, logs: Any, job: str) -> None:
        self._logs, self._job = logs, job
        self._streams: dict[str, str | None] = {}

    def fresh(self) -> Iterator[Epoch]:
        """The epochs that ended since the last call."""
        try:
            names = self._logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{self._job}/")
        except self._logs.exceptions.ResourceNotFoundException:
            return  # the first job has not printed anything yet
        for stream in names["logStreams"]:
            yield from parse_epochs(self._read(stream["logStreamName"]))

    def _read(self, stream: str) -> Iterator[str]:
        while True:
            token = self._streams.get(stream)
            where = {"nextToken": token} if token else {}
            page = self._logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=stream, startFromHead=True, **where)
            self._streams[stream] = page["nextForwardToken"]
            yield from (event["message"] for event in page["events"])
            if not page["events"]:
                return


def parse_epochs(lines: Iterable[str]) -> Iterator[Epoch]:
    """One per line that closes an epoch of a classifier or a regressor (`fm.log_lines`); those of batches do not."""
    for line in lines:
        if match := _EPOCH.search(line):
            yield Epoch(int(match.group(1)) + 1, _MEASURES[match.group(2)], float(match.group(3)))
