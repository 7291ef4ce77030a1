"""What the states of an execution asked of SageMaker: training jobs and hyperparameter tuning jobs."""

from __future__ import annotations

import json
from dataclasses import dataclass

from runner.visits import Event, Visit

_SERVICES = ("sagemaker", "aws-sdk:sagemaker")
_SYNC = ".sync"


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job that a state asked for. visit: the number of the state's visit. is_awaited: the state ends with the job."""

    name: str
    state: str
    visit: int
    is_awaited: bool = True


@dataclass(frozen=True, kw_only=True)
class TrainingJob(Job):
    """`epochs` is None where the hyperparameters leave the default."""

    epochs: int | None = None


@dataclass(frozen=True, kw_only=True)
class TuningJob(Job):
    """`trainings`: how many training jobs it may start; None where its strategy says, which is all combinations."""

    trainings: int | None = None


def asked_for(event: Event, visit: Visit | None) -> TrainingJob | TuningJob | None:
    """The job, if that is what the event of a visit is about. Retries ask for another job in the same visit."""
    details = event.get("taskScheduledEventDetails", {})
    if visit is None or details.get("resourceType") not in _SERVICES:
        return None
    action, is_awaited = details["resource"].removesuffix(_SYNC), details["resource"].endswith(_SYNC)
    if action == "createTrainingJob":
        asked = json.loads(details["parameters"])
        return TrainingJob(
            name=asked["TrainingJobName"],
            state=visit.name,
            visit=visit.number,
            is_awaited=is_awaited,
            epochs=_whole(asked.get("HyperParameters", {}).get("epochs")),
        )
    if action == "createHyperParameterTuningJob":
        asked = json.loads(details["parameters"])
        limits = asked.get("HyperParameterTuningJobConfig", {}).get("ResourceLimits", {})
        return TuningJob(
            name=asked["HyperParameterTuningJobName"],
            state=visit.name,
            visit=visit.number,
            is_awaited=is_awaited,
            trainings=_whole(limits.get("MaxNumberOfTrainingJobs")),
        )
    return None


def _whole(text: str | int | None) -> int | None:
    return None if text is None else int(text)
