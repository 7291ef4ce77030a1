"""Rows whose measures can be taken under weights, as resampling needs: a weight says how often its row was drawn.

One definition of each measure serves the value (every weight 1) and its interval. What is a sum over rows is one matrix
product for all resamples; what depends on the order of the scores is a cumulative sum along it.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm.evaluation.arrays import Floats, classified, paired, surprise
from fm.evaluation.cuts import average_precision, falling, roc_area
from fm.evaluation.measures import CLASSIFIER, REGRESSOR, ClassifierMeasures, RegressorMeasures
from fm.model import THRESHOLD

_BY_ORDER = frozenset({"auc", "pr_auc"})


class Sample(Protocol):
    """``size`` units (rows or users), each worth the same, and the ``names`` of what is measured of them."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def size(self) -> int: ...
    @property
    def truth(self) -> NDArray[Any]:
        """What two models are compared on: equal for equal units, (size, ...)."""
        ...

    def take(self, at: NDArray[np.intp]) -> Self:
        """The units at these places."""
        ...

    def measured(self, weights: Floats, names: tuple[str, ...]) -> dict[str, Floats]:
        """Each of these measures in every resample (resamples,), of weights (resamples, size); NaN where undefined."""
        ...


class ClassifierSample:
    """Rows of a classifier: labels (n,) of 0 and 1, probabilities (n,), and the threshold that makes labels of them.

    Raises MetricError, also when one of the labels is missing.
    """

    names = CLASSIFIER

    def __init__(self, labels: ArrayLike, probabilities: ArrayLike, *, threshold: float = THRESHOLD) -> None:
        self.truth, self._probabilities = classified(labels, probabilities)
        self.threshold = threshold

    @property
    def size(self) -> int:
        return int(self.truth.size)

    def take(self, at: NDArray[np.intp]) -> ClassifierSample:
        return ClassifierSample(self.truth[at], self._probabilities[at], threshold=self.threshold)

    def measured(self, weights: Floats, names: tuple[str, ...]) -> dict[str, Floats]:
        rows = weights.sum(axis=1)
        positives, hits, false_alarms, nats, squares = (weights @ self._terms).T
        negatives = rows - positives
        with np.errstate(invalid="ignore"):
            recall, rejection = hits / positives, 1 - false_alarms / negatives
        found = {
            "accuracy": (hits + negatives - false_alarms) / rows,
            "balanced_accuracy": (recall + rejection) / 2,
            "cross_entropy": nats / rows,
            "brier": squares / rows,
            "f1": 2 * hits / np.maximum(hits + positives + false_alarms, 1),
            "precision": hits / np.maximum(hits + false_alarms, 1),
            "recall": recall,
        }
        if _BY_ORDER.intersection(names):
            found |= self._areas(weights)
        return {name: found[name] for name in names}

    def measures(self) -> ClassifierMeasures:
        """All measures of the rows as they are."""
        positives = int(np.count_nonzero(self.truth))
        return ClassifierMeasures(**values(self), threshold=self.threshold, rows=self.size, positives=positives)

    @cached_property
    def _terms(self) -> Floats:
        """What each row adds to the sums of which measures are made, (n, 5)."""
        y, p = self.truth, self._probabilities
        is_taken = p >= self.threshold
        nats = surprise(y.astype(np.float64), p)
        return np.column_stack([y, y & is_taken, ~y & is_taken, nats, (p - y) ** 2]).astype(np.float64)

    @cached_property
    def _order(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        return falling(self._probabilities)

    def _areas(self, weights: Floats) -> dict[str, Floats]:
        order, ends = self._order
        ordered = weights[:, order]
        taken = np.cumsum(ordered, axis=1)[:, ends]
        hits = np.cumsum(ordered * self.truth[order], axis=1)[:, ends]
        nothing = ((0, 0), (1, 0))
        true, false = np.pad(hits, nothing), np.pad(taken - hits, nothing)
        return {"auc": roc_area(true, false), "pr_auc": average_precision(true, false)}


class RegressorSample:
    """Rows of a regressor: targets (n,) and scores (n,) in the same unit. Raises MetricError."""

    names = REGRESSOR

    def __init__(self, targets: ArrayLike, scores: ArrayLike) -> None:
        self.truth, self._scores = paired(targets, scores)

    @property
    def size(self) -> int:
        return int(self.truth.size)

    def take(self, at: NDArray[np.intp]) -> RegressorSample:
        return RegressorSample(self.truth[at], self._scores[at])

    def measured(self, weights: Floats, names: tuple[str, ...]) -> dict[str, Floats]:
        off = np.abs(self._scores - self.truth)
        mse, mae = (weights @ np.column_stack([off**2, off]) / weights.sum(axis=1, keepdims=True)).T
        found = {"rmse": np.sqrt(mse), "mse": mse, "mae": mae}
        return {name: found[name] for name in names}

    def measures(self) -> RegressorMeasures:
        """All measures of the rows as they are."""
        return RegressorMeasures(**values(self), rows=self.size)


def values(sample: Sample, names: tuple[str, ...] | None = None) -> dict[str, float]:
    """Measures of the units as they are, each counted once; all of them unless named."""
    found = sample.measured(np.ones((1, sample.size)), names or sample.names)
    return {name: float(value[0]) for name, value in found.items()}
