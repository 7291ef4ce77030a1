"""One tuning job: what was asked, the training jobs it has launched, the best of them."""

from __future__ import annotations

import hashlib
import math
import queue
import secrets
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_aws.sagemaker.tuning_ranges import Hyperparameters
from local_aws.sagemaker.tuning_training_jobs import Objective, TunedTrainingJob

_STATUSES = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
_OBJECTIVE_STATUSES = ("Succeeded", "Pending", "Failed")
_OF_TRAINING = frozenset(
    {
        "AlgorithmSpecification",
        "RoleArn",
        "InputDataConfig",
        "VpcConfig",
        "OutputDataConfig",
        "ResourceConfig",
        "StoppingCondition",
        "EnableNetworkIsolation",
        "EnableInterContainerTrafficEncryption",
        "EnableManagedSpotTraining",
        "CheckpointConfig",
        "RetryStrategy",
        "Environment",
    }
)
"""Members that a definition shares with a CreateTrainingJob request."""


class TuningJob:
    """State of a job. Its runner, its training jobs and the requests that describe or stop it are different threads."""

    def __init__(self, request: Mapping[str, Any], *, arn: str, metric_definitions: Mapping[str, str]) -> None:
        self.request = request
        self.name: str = request["HyperParameterTuningJobName"]
        self.arn = arn
        self.tags: list[dict[str, str]] = list(request.get("Tags") or [])
        self.config: Mapping[str, Any] = request["HyperParameterTuningJobConfig"]
        self.definition: Mapping[str, Any] = request["TrainingJobDefinition"]
        self.objective = Objective(**self.config["HyperParameterTuningJobObjective"])
        seed = self.config.get("RandomSeed")
        self.seed: int = secrets.randbits(64) if seed is None else seed
        self._metric_definitions = metric_definitions
        self._lock = threading.RLock()
        self._changes: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._status = "InProgress"
        self._launched: list[TunedTrainingJob] = []
        self._reason: str | None = None
        self._ended: datetime | None = None
        self.created = self._modified = datetime.now(UTC)

    @property
    def launched(self) -> list[TunedTrainingJob]:
        """Its training jobs so far, in the order they were started."""
        with self._lock:
            return list(self._launched)

    @property
    def is_stopping(self) -> bool:
        """Whether no more training jobs are to be launched, and those that run are to end."""
        with self._lock:
            return self._status == "Stopping"

    def training_request(self, number: int, tuned: Hyperparameters) -> dict[str, Any]:
        """CreateTrainingJob's request for the job of this number, counted from 1.

        The service ends such names in eight random hexadecimal digits; with a RandomSeed these follow from it, so that
        what the algorithm draws from its job's name comes out the same again, too.
        """
        digits = hashlib.sha256(f"{self.name} {self.seed} {number}".encode()).hexdigest()[:8]
        shared = {name: value for name, value in self.definition.items() if name in _OF_TRAINING}
        return {
            **shared,
            "TrainingJobName": f"{self.name}-{number:03d}-{digits}",
            "HyperParameters": {**(self.definition.get("StaticHyperParameters") or {}), **tuned},
            "Tags": list(self.tags),
        }

    def add(self, training: TunedTrainingJob) -> None:
        """Count a training job as launched."""
        with self._lock:
            self._launched.append(training)
            self._modified = datetime.now(UTC)

    def training_ended(self) -> None:
        """One of the training jobs has ended."""
        with self._lock:
            self._modified = datetime.now(UTC)
        self._changes.put(None)

    def await_change(self) -> None:
        """Sleep until a training job ends or the job is stopped; no end is missed between two calls."""
        self._changes.get()

    def stop(self) -> bool:
        """Have the job end; False when it has ended, or is ending."""
        with self._lock:
            if self._status != "InProgress":
                return False
            self._status, self._modified = "Stopping", datetime.now(UTC)
        self._changes.put(None)
        return True

    def finish(self, *, reason: str | None) -> None:
        """End the job: Stopped when it was told to, Failed with a reason, else Completed."""
        with self._lock:
            self._ended = self._modified = datetime.now(UTC)
            if self._status == "Stopping":
                self._status = "Stopped"
            else:
                self._status, self._reason = ("Failed", reason) if reason else ("Completed", None)

    def describe(self) -> dict[str, Any]:
        """DescribeHyperParameterTuningJob's answer."""
        with self._lock:
            summaries = [training.tuning_summary() for training in self._launched]
            best = self.objective.best(summaries)
            runtime = (self._ended or datetime.now(UTC)) - self.created
            optional = {
                "HyperParameterTuningEndTime": self._ended,
                "FailureReason": self._reason,
                "BestTrainingJob": best,
            }
            return {
                "HyperParameterTuningJobName": self.name,
                "HyperParameterTuningJobArn": self.arn,
                "HyperParameterTuningJobConfig": {"TrainingJobEarlyStoppingType": "Off", **self.config},
                "TrainingJobDefinition": self._described_definition(),
                "HyperParameterTuningJobStatus": self._status,
                "CreationTime": self.created,
                "LastModifiedTime": self._modified,
                "TrainingJobStatusCounters": _counted(_STATUSES, map(_counter, summaries)),
                "ObjectiveStatusCounters": _counted(
                    _OBJECTIVE_STATUSES, (summary["ObjectiveStatus"] for summary in summaries)
                ),
                "ConsumedResources": {"RuntimeInSeconds": math.ceil(runtime.total_seconds())},
                **{name: value for name, value in optional.items() if value is not None},
            }

    def summary(self) -> dict[str, Any]:
        """This job's entry in ListHyperParameterTuningJobs."""
        names = (
            "HyperParameterTuningJobName",
            "HyperParameterTuningJobArn",
            "HyperParameterTuningJobStatus",
            "CreationTime",
            "HyperParameterTuningEndTime",
            "LastModifiedTime",
            "TrainingJobStatusCounters",
            "ObjectiveStatusCounters",
        )
        described = self.describe()
        kept = {name: described[name] for name in names if name in described}
        return {**kept, "Strategy": self.config["Strategy"], "ResourceLimits": self.config["ResourceLimits"]}

    def _described_definition(self) -> dict[str, Any]:
        definitions = [{"Name": name, "Regex": pattern} for name, pattern in self._metric_definitions.items()]
        return {
            "EnableNetworkIsolation": False,
            "EnableInterContainerTrafficEncryption": False,
            "EnableManagedSpotTraining": False,
            **self.definition,
            "AlgorithmSpecification": {**self.definition["AlgorithmSpecification"], "MetricDefinitions": definitions},
            "StaticHyperParameters": self.objective.told(self.definition.get("StaticHyperParameters") or {}),
        }


def _counter(summary: Mapping[str, Any]) -> str:
    """Which of the status counters a training job belongs to."""
    status = summary["TrainingJobStatus"]
    if status == "Failed":
        # "can be retried only if it failed because an internal service error occurred" (TrainingJobStatusCounters)
        return "RetryableError" if summary["FailureReason"].startswith("InternalServerError") else "NonRetryableError"
    return status if status in ("Completed", "Stopped") else "InProgress"


def _counted(names: tuple[str, ...], found: Any) -> dict[str, int]:
    counts = Counter(found)
    return {name: counts[name] for name in names}
