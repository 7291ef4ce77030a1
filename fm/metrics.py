"""How good scores are, in the figures SageMaker's FM reports and a few it does not; beside what no model at all scores.

Labels are (n,) of 0 and 1 for the classifier's metrics and any number for the regressor's; everything is computed in
float64. All raise MetricError when there is nothing to compute from or the lengths differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fm.evaluation.arrays import binary, both_labels, paired, surprise, vector
from fm.evaluation.cuts import Cuts, roc_area
from fm.model import THRESHOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierMetrics:
    """What the container prints for a classifier, at THRESHOLD."""

    accuracy: float
    cross_entropy: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressorMetrics:
    """What the container prints for a regressor; ``mae`` is its ``absolute_loss``."""

    rmse: float
    mse: float
    mae: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierBaselines:
    """What three rules without a model score: always the majority's label, always the prior, always 1."""

    majority_accuracy: float
    prior_cross_entropy: float
    all_positive_f1: float


def classifier_metrics(labels: ArrayLike, probabilities: ArrayLike) -> ClassifierMetrics:
    """Accuracy, cross-entropy and F1 of ``probabilities`` (n,) against ``labels`` (n,) of 0 and 1."""
    y, p = paired(labels, probabilities)
    return ClassifierMetrics(accuracy=accuracy(y, p), cross_entropy=cross_entropy(y, p), f1=f_beta(y, p))


def regressor_metrics(targets: ArrayLike, scores: ArrayLike) -> RegressorMetrics:
    """Root mean squared, mean squared and mean absolute error of ``scores`` (n,), in the targets' unit."""
    y, s = paired(targets, scores)
    mse = float(np.mean((s - y) ** 2))
    return RegressorMetrics(rmse=float(np.sqrt(mse)), mse=mse, mae=mae(y, s))


def classifier_baselines(prior: float, labels: ArrayLike) -> ClassifierBaselines:
    """What needs no model, measured on ``labels``. prior: the share of positive training labels, 0 to 1."""
    y = vector(labels)
    constant = np.full(y.size, prior)
    return ClassifierBaselines(
        majority_accuracy=accuracy(y, constant),
        prior_cross_entropy=cross_entropy(y, constant),
        all_positive_f1=f_beta(y, np.ones(y.size)),
    )


def mean_baseline(train_targets: ArrayLike, targets: ArrayLike) -> RegressorMetrics:
    """The errors on ``targets`` of always answering the mean of ``train_targets``."""
    y = vector(targets)
    return regressor_metrics(y, np.full(y.size, np.mean(vector(train_targets))))


def accuracy(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Share of rows whose probability is on the label's side of THRESHOLD."""
    y, p = paired(labels, probabilities)
    return float(np.mean((p >= THRESHOLD) == (binary(y) == 1)))


def cross_entropy(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean of −ln of the probability given to the true label, in nats (log loss)."""
    return float(np.mean(surprise(*paired(labels, probabilities))))


def f_beta(labels: ArrayLike, probabilities: ArrayLike, *, beta: float = 1.0) -> float:
    """(1 + β²)·tp / ((1 + β²)·tp + β²·fn + fp) at THRESHOLD; 0 where no row is positive or taken for it."""
    y, p = paired(labels, probabilities)
    is_positive, is_taken = binary(y) == 1, p >= THRESHOLD
    hits = (1 + beta**2) * np.count_nonzero(is_positive & is_taken)
    misses = beta**2 * np.count_nonzero(is_positive & ~is_taken) + np.count_nonzero(~is_positive & is_taken)
    return float(hits / (hits + misses)) if hits + misses else 0.0


def roc_auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Chance that a positive row's score exceeds a negative one's, ties counting half.

    Needs both labels, else raises MetricError.
    """
    y, s = paired(labels, scores)
    is_positive = binary(y) == 1
    both_labels(is_positive)
    cuts = Cuts.of(is_positive, s)
    return float(roc_area(cuts.true_positives, cuts.false_positives))


def rmse(targets: ArrayLike, scores: ArrayLike) -> float:
    """Root of the mean squared error."""
    return regressor_metrics(targets, scores).rmse


def mae(targets: ArrayLike, scores: ArrayLike) -> float:
    """Mean absolute error."""
    y, s = paired(targets, scores)
    return float(np.mean(np.abs(s - y)))
