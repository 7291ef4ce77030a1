"""How far a hyperparameter tuning job is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runner.jobs import TuningJob

_OUT = ("RetryableError", "NonRetryableError", "Stopped")


@dataclass(frozen=True, kw_only=True)
class Trainings:
    """Training jobs of a tuning job: how many have completed, and how many have failed or were stopped instead.

    `best` is the best value of `objective` so far, None before there is one.
    """

    completed: int
    without_result: int
    objective: str
    best: float | None


class TuningLog:
    """What becomes of one tuning job."""

    def __init__(self, sagemaker: Any, job: TuningJob) -> None:
        self._sagemaker, self._job = sagemaker, job
        self._told: Trainings | None = None

    def fresh(self) -> Trainings | None:
        """How far it is, if that has changed since the last call. Nothing while SageMaker does not tell.

        A job may be asked for and not there yet, and not everything that stands in for SageMaker describes one.
        """
        try:
            described = self._sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=self._job.name)
        except self._sagemaker.exceptions.ClientError:
            return None
        before, self._told = self._told, _trainings(described)
        return self._told if self._told != before else None


def _trainings(described: Mapping[str, Any]) -> Trainings:
    counts = described["TrainingJobStatusCounters"]
    objective = described["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective", {})
    best = described.get("BestTrainingJob", {}).get("FinalHyperParameterTuningJobObjectiveMetric", {})
    return Trainings(
        completed=counts.get("Completed", 0),
        without_result=sum(counts.get(status, 0) for status in _OUT),
        objective=objective.get("MetricName", ""),
        best=best.get("Value"),
    )
