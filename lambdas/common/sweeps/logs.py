"""What SageMaker has written into logs that it makes itself."""

from __future__ import annotations

from typing import Any

import boto3

from lambdas.common.sweeps.refusals import PassingOver


class LogGroup:
    """A group that is the stage's alone."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._logs: Any = boto3.client("logs")

    def __call__(self) -> list[str]:
        """Ask for it."""
        with PassingOver("ResourceNotFoundException"):
            self._logs.delete_log_group(logGroupName=self._name)
            return [f"log group {self._name}"]
        return []


class LogStreams:
    """Streams of a group that the whole account shares: those whose names begin so."""

    def __init__(self, group: str, *prefixes: str) -> None:
        self._group, self._prefixes = group, prefixes
        self._logs: Any = boto3.client("logs")

    def __call__(self) -> list[str]:
        """Ask for it."""
        names: list[str] = []
        with PassingOver("ResourceNotFoundException"):
            for prefix in self._prefixes:
                pages = self._logs.get_paginator("describe_log_streams")
                found = pages.paginate(logGroupName=self._group, logStreamNamePrefix=prefix).build_full_result()
                names += [stream["logStreamName"] for stream in found["logStreams"]]
        for name in names:
            with PassingOver("ResourceNotFoundException"):
                self._logs.delete_log_stream(logGroupName=self._group, logStreamName=name)
        return [f"log stream {name}" for name in names]
