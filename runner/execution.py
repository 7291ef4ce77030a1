"""Starts an execution and follows it to its end."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from runner.cloud import Cloud
from runner.epochs import Epoch, EpochLog
from runner.history import Event, TrainingJob, Visit, remembered, training_job, visits

_POLL_S = 0.3


class Watcher(Protocol):
    """Told what happens, while it does."""

    def entered(self, visit: Visit) -> None:
        """A state began."""

    def exited(self, visit: Visit) -> None:
        """A state ended."""

    def epoch(self, epoch: Epoch, job: TrainingJob) -> None:
        """An epoch of the training ended."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """`output` is None unless the execution succeeded; `error` and `cause` are empty when it did.

    `variables` are the state machine's, as they were last assigned.
    """

    arn: str
    status: str
    seen: list[Visit]
    variables: dict[str, Any]
    output: dict[str, Any] | None
    error: str
    cause: str


class Execution:
    """One execution of a state machine."""

    def __init__(self, cloud: Cloud, state_machine_arn: str, *, name: str, given: Mapping[str, Any]) -> None:
        """Starts it."""
        self._cloud = cloud
        self._states = cloud.client("stepfunctions")
        self.arn: str = self._states.start_execution(
            stateMachineArn=state_machine_arn, name=name, input=json.dumps(given)
        )["executionArn"]

    def follow(self, watcher: Watcher) -> Ended:
        """Tell `watcher` of everything until the execution ends."""
        progress = _Progress(self._cloud, watcher)
        while True:
            description = self._states.describe_execution(executionArn=self.arn)
            events = self._events()  # after the description: so the last look sees every event
            progress.update(events)
            if description["status"] != "RUNNING":
                return _ended(description, progress.seen, remembered(events))
            time.sleep(_POLL_S)

    def _events(self) -> list[Event]:
        pages = self._states.get_paginator("get_execution_history").paginate(executionArn=self.arn)
        return [event for page in pages for event in page["events"]]


class _Progress:
    def __init__(self, cloud: Cloud, watcher: Watcher) -> None:
        self._logs, self._watcher = cloud.client("logs"), watcher
        self.seen: list[Visit] = []
        self._job: TrainingJob | None = None
        self._epochs: EpochLog | None = None

    def update(self, events: list[Event]) -> None:
        known, self.seen = self.seen, visits(events)
        job = training_job(events)
        if job is not None and job != self._job:
            self._job, self._epochs = job, EpochLog(self._logs, job.name)
        for index, visit in enumerate(self.seen):
            before = known[index] if index < len(known) else None
            if before is None:
                self._watcher.entered(visit)
            if visit.exited is not None and (before is None or before.exited is None):
                self._tell_epochs()
                self._watcher.exited(visit)
        self._tell_epochs()

    def _tell_epochs(self) -> None:
        if self._epochs is not None and self._job is not None:
            for epoch in self._epochs.fresh():
                self._watcher.epoch(epoch, self._job)


def _ended(description: Mapping[str, Any], seen: list[Visit], variables: dict[str, Any]) -> Ended:
    output = description.get("output")
    return Ended(
        arn=description["executionArn"],
        status=description["status"],
        seen=seen,
        variables=variables,
        output=json.loads(output) if output else None,
        error=description.get("error") or "",
        cause=description.get("cause") or "",
    )
