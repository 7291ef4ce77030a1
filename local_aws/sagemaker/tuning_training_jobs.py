"""A training job that a tuning job has launched: like any other, and it tells when it has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.sagemaker.training_jobs import TrainingJob
from local_aws.sagemaker.tuning_ranges import Hyperparameters

FINAL_METRIC = "FinalHyperParameterTuningJobObjectiveMetric"
_RESERVED = "_tuning_objective_metric"
"""Hyperparameter that the service adds to those it is given ("Define Hyperparameter Ranges")."""


@dataclass(frozen=True)
class Objective:
    """A HyperParameterTuningJobObjective, spelled as in the API."""

    Type: str
    MetricName: str

    def cost(self, value: float) -> float:
        """What is to be minimized."""
        return value if self.Type == "Minimize" else -value

    def told(self, hyperparameters: Mapping[str, str]) -> dict[str, str]:
        """The hyperparameters as descriptions show them."""
        return {_RESERVED: self.MetricName, **hyperparameters}

    def best(self, summaries: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """The first of the best among summaries of training jobs; None where none brought the objective."""
        judged = [summary for summary in summaries if summary["ObjectiveStatus"] == "Succeeded"]
        return min(judged, key=lambda summary: self.cost(summary[FINAL_METRIC]["Value"]), default=None)


@dataclass(frozen=True)
class Origin:
    """The tuning job behind a training job."""

    name: str
    arn: str
    definition_name: str | None
    objective: Objective


class TunedTrainingJob(TrainingJob):
    """`tuned` are the hyperparameters that were chosen for it; `on_end` is called, once, by the thread that ran it."""

    def __init__(
        self,
        request: Mapping[str, Any],
        *,
        arn: str,
        metric_definitions: Mapping[str, str],
        origin: Origin,
        tuned: Hyperparameters,
        on_end: Callable[[], None],
    ) -> None:
        super().__init__(request, arn=arn, metric_definitions=metric_definitions)
        self.tuned = dict(tuned)
        self._origin, self._on_end = origin, on_end

    def finish(self, status: str, **facts: Any) -> None:
        super().finish(status, **facts)
        self._on_end()

    def describe(self) -> dict[str, Any]:
        described = super().describe()
        hyperparameters = self._origin.objective.told(described["HyperParameters"])
        return {**described, "TuningJobArn": self._origin.arn, "HyperParameters": hyperparameters}

    def tuning_summary(self) -> dict[str, Any]:
        """This job's entry in ListTrainingJobsForHyperParameterTuningJob."""
        names = (
            "TrainingJobName",
            "TrainingJobArn",
            "TrainingJobStatus",
            "CreationTime",
            "TrainingStartTime",
            "TrainingEndTime",
            "FailureReason",
        )
        described = self.describe()
        value = self._objective_value(described)
        objective = {
            "Type": self._origin.objective.Type,
            "MetricName": self._origin.objective.MetricName,
            "Value": value,
        }
        name = self._origin.definition_name
        return {
            **({"TrainingJobDefinitionName": name} if name else {}),
            **{name: described[name] for name in names if name in described},
            "TuningJobName": self._origin.name,
            "TunedHyperParameters": self.tuned,
            "ObjectiveStatus": _objective_status(described["TrainingJobStatus"], value),
            **({} if value is None else {FINAL_METRIC: objective}),
        }

    def _objective_value(self, described: Mapping[str, Any]) -> float | None:
        # Of a job that completed: one that was stopped may have measured, and left no model.
        metrics = described.get("FinalMetricDataList") or () if described["TrainingJobStatus"] == "Completed" else ()
        wanted = self._origin.objective.MetricName
        return next((float(metric["Value"]) for metric in metrics if metric["MetricName"] == wanted), None)


def _objective_status(status: str, value: float | None) -> str:
    if status in ("InProgress", "Stopping"):
        return "Pending"
    return "Failed" if value is None else "Succeeded"
