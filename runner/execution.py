"""Starts an execution and follows it to its end."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from runner.chain import Visits
from runner.cloud import Cloud
from runner.epochs import Epoch, EpochLog
from runner.history import remembered
from runner.jobs import Job, TrainingJob, TuningJob, asked_for
from runner.tuning import Trainings, TuningLog
from runner.visits import Event, Visit

_POLL_S = 0.3
_PAGE = 1000
"""Events in a page of history: the most there can be."""


class Watcher(Protocol):
    """Told what happens, while it does."""

    def entered(self, visit: Visit) -> None:
        """A state began."""

    def exited(self, visit: Visit) -> None:
        """A state ended."""

    def asked(self, job: Job) -> None:
        """A state asked SageMaker for a job."""

    def epoch(self, epoch: Epoch, job: TrainingJob) -> None:
        """An epoch of that training ended."""

    def tuned(self, trainings: Trainings, job: TuningJob) -> None:
        """That tuning got on."""


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
                return _ended(description, progress.visits.seen, remembered(events))
            time.sleep(_POLL_S)

    def _events(self) -> list[Event]:
        paginator = self._states.get_paginator("get_execution_history")
        pages = paginator.paginate(executionArn=self.arn, PaginationConfig={"PageSize": _PAGE})
        return [event for page in pages for event in page["events"]]


class _Progress:
    def __init__(self, cloud: Cloud, watcher: Watcher) -> None:
        self._cloud, self._watcher = cloud, watcher
        self.visits = Visits()
        self._taken = 0
        self._followed: list[_Followed] = []

    def update(self, events: list[Event]) -> None:
        """Tell of the events that are new, in their order, and of what the jobs have got on with since."""
        for event in events[self._taken :]:
            for visit in self.visits.take(event):
                if visit.exited is None:
                    self._watcher.entered(visit)
                else:
                    self._leave(visit)
            if job := asked_for(event, self.visits.current):
                self._watcher.asked(job)
                self._followed.append(_follow(self._cloud, job))
        self._taken = len(events)
        for followed in self._followed:
            followed.tell(self._watcher)

    def _leave(self, visit: Visit) -> None:
        """What its jobs did last comes before its end."""
        done = [followed for followed in self._followed if followed.job.visit == visit.number]
        for followed in done:
            followed.tell(self._watcher)
        self._watcher.exited(visit)
        self._followed = [each for each in self._followed if each not in done or not each.job.is_awaited]


class _Followed(Protocol):
    @property
    def job(self) -> Job: ...

    def tell(self, watcher: Watcher) -> None: ...


@dataclass(frozen=True, eq=False)
class _Training:
    job: TrainingJob
    log: EpochLog

    def tell(self, watcher: Watcher) -> None:
        for epoch in self.log.fresh():
            watcher.epoch(epoch, self.job)


@dataclass(frozen=True, eq=False)
class _Tuning:
    job: TuningJob
    log: TuningLog

    def tell(self, watcher: Watcher) -> None:
        if trainings := self.log.fresh():
            watcher.tuned(trainings, self.job)


def _follow(cloud: Cloud, job: TrainingJob | TuningJob) -> _Followed:
    if isinstance(job, TrainingJob):
        return _Training(job, EpochLog(cloud.client("logs"), job.name))
    return _Tuning(job, TuningLog(cloud.client("sagemaker"), job))


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
