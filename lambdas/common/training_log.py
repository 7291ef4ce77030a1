"""What training jobs printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3

GROUP = "/aws/sagemaker/TrainingJobs"
"""SageMaker's own; each instance of a job has a stream `<job>/<host>-<time>`."""


class TrainingLog:
    """The log of one job."""

    def __init__(self, job: str) -> None:
        self._logs: Any = boto3.client("logs")
        self._job = job

    def lines(self) -> Iterator[str]:
        """Every line of every instance, one instance after the other; none where no job has printed anything."""
        try:
            pages = self._logs.get_paginator("describe_log_streams").paginate(
                logGroupName=GROUP, logStreamNamePrefix=f"{self._job}/"
            )
            streams = [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
        except self._logs.exceptions.ResourceNotFoundException:
            return
        for stream in sorted(streams):
            yield from self._of(stream)

    def _of(self, stream: str) -> Iterator[str]:
        where: dict[str, str] = {}
        while True:
            page = self._logs.get_log_events(logGroupName=GROUP, logStreamName=stream, startFromHead=True, **where)
            yield from (event["message"] for event in page["events"])
            if where.get("nextToken") == page["nextForwardToken"]:
                return  # the token of the end is answered with itself
            where = {"nextToken": page["nextForwardToken"]}
