"""What the training job said of its model, held against what the artifact scores: is it that model, on that data?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from fm.metrics import classifier_metrics, regressor_metrics
from lambdas.logic.channels import Answers

# Names of the algorithm's final metrics (SageMaker's documentation, "Tune a Factorization Machines Model"; the
# regressor's last two as its log names them).
REPORTED = {
    "accuracy": "test:binary_classification_accuracy",
    "cross_entropy": "test:binary_classification_cross_entropy",
    "f1": "test:binary_f_beta",
}
REPORTED_OF_REGRESSOR = {"rmse": "test:rmse", "mae": "test:absolute_loss", "mse": "test:mse"}

TOLERANCE = 0.02
"""How far the job's figures may be from ours, which are taken over all test rows at once; errors of a regressor in
units of their RMSE, for a scale may have any width.

The algorithm takes each figure batch by batch and reports the batches' mean, in which the last batch weighs as much as
a full one. On ml-100k that moves cross-entropy by 0.0014 in batches of 1,000 and accuracy by 0.0024 in batches of 200.
The wrong artifact or channel is off by more: always guessing the majority costs 0.14 of accuracy there.
"""
JUDGED = ("accuracy", "cross_entropy", "mae", "rmse")
"""Figures that batches change within limits that can be told.

The first three are means over rows, so that only the last batch's weight changes. A mean of batches' RMSEs is the RMSE
at most, and the MAE at least. A mean of F1s is another figure than the F1 of all rows: off by 0.0041 in batches of 100,
0.0103 in batches of 50, and by any amount in smaller ones, which are valid jobs. Its gap is told, not judged.
"""


class EvaluationMismatch(ValueError):
    """The artifact does not score what the training job reported: not that model, or not that data."""


def figures(rows: Answers, *, is_regressor: bool) -> dict[str, float]:
    """The figures that a job reports, over all rows of its channel and at its own threshold. Raises MetricError."""
    measure: Callable[..., Any] = regressor_metrics if is_regressor else classifier_metrics
    return asdict(measure(rows.labels, rows.scores))


def compare(ours: Mapping[str, float], reported: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The job's own figures and how far `ours` are from them; a figure the job did not report is left out.

    Where it reported none of them, `note` says so, and nothing was compared. Raises EvaluationMismatch.
    """
    names = REPORTED_OF_REGRESSOR if "rmse" in ours else REPORTED
    values = {entry["name"]: float(entry["value"]) for entry in reported}
    found = {metric: values[name] for metric, name in names.items() if name in values}
    if not found:
        return {"figures": {}, "largest_gap": None, "note": f"the job reported none of {', '.join(names.values())}"}
    for metric in JUDGED:
        if metric in found:
            _judge(metric, found[metric], ours)
    return {"figures": found, "largest_gap": max(abs(ours[metric] - value) for metric, value in found.items())}


def _judge(metric: str, value: float, ours: Mapping[str, float]) -> None:
    tolerance = TOLERANCE * ours.get("rmse", 1.0)
    low, high = ours["mae" if metric == "rmse" else metric], ours[metric]
    if not low - tolerance <= value <= high + tolerance:
        raise EvaluationMismatch(
            f"{metric} is {ours[metric]:.6f}, expected the job's {value:.6f} within {tolerance:.4g}"
        )
