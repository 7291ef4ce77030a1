"""Labels and what was answered, checked once before anything is computed from them; all as float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm.errors import MetricError

CLIP = 1e-7
"""Cross-entropy takes no probability as surer than this, about what float32 can tell from 1."""

Floats = NDArray[np.float64]


def vector(values: ArrayLike) -> Floats:
    """``values`` as (n,) float64. Raises MetricError unless n > 0 and all are finite."""
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or found.size == 0:
        raise MetricError(f"values of shape {found.shape}, expected (n,) with n > 0")
    if not np.isfinite(found).all():
        at = int(np.argmin(np.isfinite(found)))
        raise MetricError(f"value {found[at]} at row {at}, expected finite numbers")
    return found


def paired(truth: ArrayLike, answers: ArrayLike) -> tuple[Floats, Floats]:
    """Both as :func:`vector`. Raises MetricError when their lengths differ."""
    y, s = vector(truth), vector(answers)
    if y.size != s.size:
        raise MetricError(f"{y.size} labels and {s.size} scores, expected one of each per row")
    return y, s


def binary(labels: Floats) -> Floats:
    """``labels`` as they are. Raises MetricError where one is neither 0 nor 1."""
    is_binary = (labels == 0) | (labels == 1)
    if not is_binary.all():
        at = int(np.argmin(is_binary))
        raise MetricError(f"label {labels[at]} at row {at}, expected 0 or 1")
    return labels


def surprise(y: Floats, p: Floats) -> Floats:
    """−ln of the probability given to each row's true label, (n,) in nats."""
    clipped = np.clip(p, CLIP, 1 - CLIP)
    return np.asarray(-np.log(np.where(binary(y) == 1, clipped, 1 - clipped)))


def classified(labels: ArrayLike, probabilities: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    """Which rows are positive, and their probabilities: (n,) each.

    Raises MetricError, also where a probability is none or where one of the two labels is missing: a curve or an area
    says nothing then.
    """
    y, p = paired(labels, probabilities)
    is_positive = binary(y) == 1
    outside = (p < 0) | (p > 1)
    if outside.any():
        at = int(np.argmax(outside))
        raise MetricError(f"probability {p[at]} at row {at}, expected 0 to 1")
    both_labels(is_positive)
    return is_positive, p


def both_labels(is_positive: NDArray[np.bool_]) -> None:
    """Raises MetricError unless there is a positive and a negative row."""
    positives = np.count_nonzero(is_positive)
    negatives = is_positive.size - positives
    if not positives or not negatives:
        raise MetricError(f"{positives} positive and {negatives} negative rows, expected some of each for an AUC")
