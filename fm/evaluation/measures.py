"""What is measured of a model: the names, which side is better, and the values on a set of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

CLASSIFIER = ("accuracy", "balanced_accuracy", "cross_entropy", "brier", "f1", "precision", "recall", "auc", "pr_auc")
REGRESSOR = ("rmse", "mse", "mae")
LOSSES = frozenset({"cross_entropy", "brier", *REGRESSOR})
"""Measures of which less is better; of all others more is."""

_UNBOUNDED = frozenset({"cross_entropy", "novelty", *REGRESSOR})

Interval = tuple[float, float]
"""Lower and upper end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierMeasures:
    """A classifier on labelled rows. ``threshold`` is the probability from which a row is taken for positive.

    ``precision`` and ``f1`` are 0 where no row is taken for positive. ``pr_auc`` is the average precision.
    """

    accuracy: float
    balanced_accuracy: float
    cross_entropy: float
    brier: float
    f1: float
    precision: float
    recall: float
    auc: float
    pr_auc: float
    threshold: float
    rows: int
    positives: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressorMeasures:
    """A regressor on rows with a target, in the target's unit (``mse``: its square)."""

    rmse: float
    mse: float
    mae: float
    rows: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def ceiling(measure: str) -> float:
    """The highest value a measure can have; the lowest is 0 for all."""
    return np.inf if measure in _UNBOUNDED else 1.0


def intervals_as_json(intervals: Mapping[str, Interval]) -> dict[str, list[float]]:
    """``{"auc": [0.76, 0.78], ...}``."""
    return {name: list(interval) for name, interval in intervals.items()}
