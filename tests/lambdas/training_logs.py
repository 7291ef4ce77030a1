"""Training jobs that have printed something."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from fm.log_lines import epoch_lines, final_test_lines
from fm.metrics import ClassifierMetrics
from fm.reports import BatchReport, EpochReport
from lambdas.common.training_log import GROUP

MOST_EVENTS = 10_000
"""That CloudWatch Logs takes, and answers, at a time."""


def metrics(epoch: int) -> ClassifierMetrics:
    """A loss that falls."""
    return ClassifierMetrics(accuracy=0.6 + 0.01 * epoch, cross_entropy=0.7 - 0.02 * epoch, f1=0.65 + 0.01 * epoch)


def lines(count: int) -> list[str]:
    """Of a classifier's job, batches and all, as the container prints them."""
    printed = ["Docker entrypoint called with argument(s): train"]
    for epoch in range(count):
        batches = (BatchReport(batch=0, metrics=ClassifierMetrics(accuracy=0.1, cross_entropy=9.0, f1=0.1)),)
        printed += epoch_lines(
            EpochReport(epoch=epoch, epochs=count, rows=40, seconds=0.5, metrics=metrics(epoch), batches=batches)
        )
    return [*printed, *final_test_lines(metrics(count))]


def print_epochs(logs: Any, job: str, *, count: int, host: str = "algo-1") -> None:
    """Into the stream of one instance of a job."""
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=GROUP)
    stream = f"{job}/{host}-1770000000"
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    now = int(time.time() * 1000)  # what is older than two weeks is not taken
    events = [{"timestamp": now, "message": line} for line in lines(count)]
    for first in range(0, len(events), MOST_EVENTS):
        some = events[first : first + MOST_EVENTS]
        logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=some)
