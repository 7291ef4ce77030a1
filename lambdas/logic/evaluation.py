"""How good the artifact is on the test channel, beside what needs no model and what the training job said of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fm.metrics import classifier_baselines, classifier_metrics, roc_auc
from fm.model import THRESHOLD

# The blog post's own figures for ml-100k, ua.base / ua.test.
BLOG = {"accuracy": 0.7159, "cross_entropy": 0.5811, "f1": 0.7456}

# Names of the algorithm's final metrics (SageMaker's documentation, "Tune a Factorization Machines Model").
REPORTED = {
    "accuracy": "test:binary_classification_accuracy",
    "cross_entropy": "test:binary_classification_cross_entropy",
    "f1": "test:binary_f_beta",
}
TOLERANCE = 0.02
"""How far the job's figures may be from ours, which are taken over all test rows at once.

The algorithm takes each figure batch by batch and reports the batches' mean, in which the last batch weighs as much as
a full one. On ml-100k that moves cross-entropy by 0.0014 in batches of 1,000 and accuracy by 0.0024 in batches of 200.
The wrong artifact or channel is off by more: always guessing the majority costs 0.14 of accuracy there.
"""
JUDGED = ("accuracy", "cross_entropy")
"""Figures that are means over rows, so that batches change only the last one's weight.

A mean of F1s is another figure than the F1 of all rows: off by 0.0041 in batches of 100, 0.0103 in batches of 50, and
by any amount in smaller ones, which are valid jobs. Its gap is told, not judged.
"""
NOTHING_REPORTED = f"the job reported none of {', '.join(REPORTED.values())}"


class EvaluationMismatch(ValueError):
    """The artifact does not score what the training job reported: not that model, or not that data."""


def evaluate(
    labels: NDArray[np.float32], probabilities: NDArray[np.float32], *, train_positives: int, train_rows: int
) -> dict[str, Any]:
    """Metrics of probabilities on the test rows (rows,), and baselines known from the training rows' counts."""
    metrics = {
        **asdict(classifier_metrics(labels, probabilities)),
        "auc": roc_auc(labels, probabilities),
        "threshold": THRESHOLD,
    }
    return {
        "metrics": metrics,
        "baselines": {**asdict(classifier_baselines(train_positives / train_rows, labels)), "blog_ml_100k": BLOG},
    }


def compare(metrics: Mapping[str, float], reported: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The job's own figures and how far ours are from them; a figure the job did not report is left out.

    Where it reported none of them, `note` says so, and nothing was compared. Raises EvaluationMismatch.
    """
    values = {entry["name"]: float(entry["value"]) for entry in reported}
    figures = {metric: values[name] for metric, name in REPORTED.items() if name in values}
    gaps = {metric: abs(metrics[metric] - value) for metric, value in figures.items()}
    for metric in JUDGED:
        if metric in gaps and not gaps[metric] <= TOLERANCE:
            raise EvaluationMismatch(
                f"{metric} is {metrics[metric]:.6f}, expected the job's {figures[metric]:.6f} within {TOLERANCE}"
            )
    if not figures:
        return {"figures": {}, "largest_gap": None, "note": NOTHING_REPORTED}
    return {"figures": figures, "largest_gap": max(gaps.values())}
