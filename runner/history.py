"""An execution's event history → the states it went through."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

Event = Mapping[str, Any]
Status = Literal["RUNNING", "SUCCEEDED", "CAUGHT", "FAILED", "ABORTED", "TIMED_OUT"]

_ENTERED, _EXITED = "StateEntered", "StateExited"
_ENDS: Mapping[str, Status] = {
    "ExecutionFailed": "FAILED",
    "ExecutionAborted": "ABORTED",
    "ExecutionTimedOut": "TIMED_OUT",
}


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One stay in a state. CAUGHT: it ended in an error that the state machine handles, so the execution went on."""

    name: str
    kind: str
    entered: datetime
    exited: datetime | None = None
    status: Status = "RUNNING"

    @property
    def seconds(self) -> float | None:
        """How long the state took; None while it runs."""
        return None if self.exited is None else round((self.exited - self.entered).total_seconds(), 3)

    def as_dict(self) -> dict[str, Any]:
        """The summary's row."""
        return {"name": self.name, "kind": self.kind, "status": self.status, "seconds": self.seconds}


@dataclass(frozen=True)
class TrainingJob:
    """What was asked of SageMaker. `epochs` is None where the hyperparameters leave the default."""

    name: str
    epochs: int | None


def visits(events: Iterable[Event]) -> list[Visit]:
    """The states in the order they were entered. For machines without Parallel and Map, whose states overlap."""
    seen: list[Visit] = []
    for event in events:
        kind, at = event["type"], event["timestamp"]
        if kind.endswith(_ENTERED):
            name = event["stateEnteredEventDetails"]["name"]
            seen.append(Visit(name=name, kind=kind.removesuffix(_ENTERED), entered=at))
        elif not seen:
            continue
        elif kind.endswith(_EXITED):
            status: Status = "CAUGHT" if seen[-1].status == "CAUGHT" else "SUCCEEDED"
            seen[-1] = replace(seen[-1], exited=at, status=status)
        elif kind.startswith("Execution"):
            if kind in _ENDS and seen[-1].exited is None:
                seen[-1] = replace(seen[-1], exited=at, status=_ENDS[kind])
        elif kind.endswith(("Failed", "TimedOut")):
            seen[-1] = replace(seen[-1], status="CAUGHT")
        elif kind.endswith(("Succeeded", "Scheduled")):  # another try
            seen[-1] = replace(seen[-1], status="RUNNING")
    return seen


def failed_state(seen: Iterable[Visit], cause: str) -> str | None:
    """The state an execution failed in: the one its cause begins with, as this machine's causes do, else the last."""
    entered = list(seen)
    for visit in entered:
        if cause.startswith(f"{visit.name}: "):
            return visit.name
    return entered[-1].name if entered else None


def remembered(events: Iterable[Event]) -> dict[str, Any]:
    """The variables of the state machine as they were last assigned."""
    values: dict[str, Any] = {}
    for event in events:
        assigned = event.get("stateExitedEventDetails", {}).get("assignedVariables", {})
        values |= {name: json.loads(value) for name, value in assigned.items()}
    return values


def training_job(events: Iterable[Event]) -> TrainingJob | None:
    """The latest training job that the execution asked for."""
    latest = None
    for event in events:
        details = event.get("taskScheduledEventDetails", {})
        if details.get("resourceType") == "sagemaker" and details.get("resource", "").startswith("createTrainingJob"):
            asked = json.loads(details["parameters"])
            epochs = asked.get("HyperParameters", {}).get("epochs")
            latest = TrainingJob(asked["TrainingJobName"], int(epochs) if epochs is not None else None)
    return latest
