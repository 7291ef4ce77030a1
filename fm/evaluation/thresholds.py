"""The probability from which a row is taken for positive, chosen on validation rows and never on those of the test."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from fm.errors import MetricError
from fm.evaluation.arrays import Floats, classified
from fm.evaluation.cuts import Cuts
from fm.model import THRESHOLD

Chooser = Literal["accuracy", "f1", "cost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """``value_there``: the measure at ``value`` on the rows it was chosen on; None where it was given."""

    value: float
    measure: Literal["fixed", "accuracy", "f1", "cost"]
    chosen_on: Literal["given", "validation"]
    value_there: float | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


FIXED = Threshold(value=THRESHOLD, measure="fixed", chosen_on="given", value_there=None)
"""SageMaker's own."""


def choose_threshold(
    labels: ArrayLike,
    probabilities: ArrayLike,
    measure: Chooser,
    *,
    false_positive_cost: float = 1.0,
    false_negative_cost: float = 1.0,
) -> Threshold:
    """The threshold that is best on validation rows: labels (n,) of 0 and 1, probabilities (n,).

    Highest accuracy or F1, or lowest mean cost per row, among all ways to divide the rows by their probability, taking
    none and taking all among them. Every threshold between two neighbouring probabilities divides the rows alike:
    THRESHOLD stands for its own gap, and the middle for any other. Of equally good ones the nearest to THRESHOLD is
    chosen, of two equally near ones the lower. Raises MetricError.
    """
    if measure not in get_args(Chooser):
        raise MetricError(f"measure {measure!r}, expected one of {', '.join(get_args(Chooser))}")
    cuts = Cuts.of(*classified(labels, probabilities))
    if measure == "cost":
        goodness = -_mean_cost(cuts, false_positive_cost, false_negative_cost)
    else:
        goodness = cuts.accuracy if measure == "accuracy" else cuts.f1
    candidates = np.flatnonzero(goodness == goodness.max())
    value = _representatives(cuts.threshold)[candidates]
    # lexsort's last key decides first.
    chosen = int(np.lexsort((value, np.abs(value - THRESHOLD)))[0])
    there = float(goodness[candidates[chosen]])
    return Threshold(
        value=float(value[chosen]),
        measure=measure,
        chosen_on="validation",
        value_there=-there if measure == "cost" else there,
    )


def _mean_cost(cuts: Cuts, false_positive: float, false_negative: float) -> Floats:
    costs = (false_positive, false_negative)
    if not all(np.isfinite(cost) and cost >= 0 for cost in costs) or not any(costs):
        raise MetricError(
            f"costs {costs} of a false positive and a false negative, expected one above 0 and none below"
        )
    missed = cuts.positives - cuts.true_positives
    cost = false_positive * cuts.false_positives + false_negative * missed
    return np.asarray(cost / (cuts.positives + cuts.negatives))


def _representatives(threshold: Floats) -> Floats:
    """For each cut the threshold that stands for all between the next lower score and its own, (cuts,)."""
    # Below the lowest score there is no other: what takes all rows is that score itself, or THRESHOLD.
    below = np.append(threshold[1:], threshold[-1])
    middle = below + (threshold - below) / 2
    # Between neighbouring floats the middle is rounded to one of them, maybe to the one below.
    middle = np.where(middle > below, middle, threshold)
    below[-1] = -np.inf
    return np.where((below < THRESHOLD) & (threshold >= THRESHOLD), THRESHOLD, middle)
