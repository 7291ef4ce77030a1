"""What a classifier does at every threshold, and whether its probabilities mean what they say: numbers for plots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm.evaluation.arrays import Floats, classified
from fm.evaluation.cuts import Cuts

MOST_POINTS = 512
CALIBRATION_BINS = 10
SCORE_BINS = 50

Columns = dict[str, list[float]]
"""Lists of equal length, a point of a curve at each place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """All curves of one set of rows, each of at most MOST_POINTS points with both its ends.

    ``roc`` and ``precision_recall`` go from taking no row to taking all; ``thresholds`` over all scores, rising.
    ``calibration``: one object per bin of probabilities that has rows. ``scores``: rows of either label per bin.
    """

    roc: Columns
    precision_recall: Columns
    thresholds: Columns
    calibration: list[dict[str, float]]
    scores: dict[str, list[float]]

    def as_json(self) -> dict[str, Any]:
        return {
            "roc": self.roc,
            "precision_recall": self.precision_recall,
            "thresholds": self.thresholds,
            "calibration": self.calibration,
            "scores": self.scores,
        }


def curves(labels: ArrayLike, probabilities: ArrayLike) -> Curves:
    """labels (n,) of 0 and 1, probabilities (n,). Raises MetricError."""
    is_positive, p = classified(labels, probabilities)
    cuts = Cuts.of(is_positive, p)
    return Curves(
        roc=roc_curve(cuts),
        precision_recall=precision_recall_curve(cuts),
        thresholds=threshold_sweep(cuts),
        calibration=calibration(is_positive, p),
        scores=score_histogram(is_positive, p),
    )


def roc_curve(cuts: Cuts, most: int = MOST_POINTS) -> Columns:
    """Recall against the false positive rate; the first threshold is above all scores."""
    columns = {
        "false_positive_rate": cuts.fall_out,
        "true_positive_rate": cuts.recall,
        "threshold": cuts.threshold,
    }
    return thinned(columns, cuts.fall_out + cuts.recall, most)


def precision_recall_curve(cuts: Cuts, most: int = MOST_POINTS) -> Columns:
    """Precision against recall; where nothing is taken the precision is 1 by convention, as scikit-learn has it."""
    precision = cuts.precision
    precision[0] = 1.0
    columns = {"recall": cuts.recall, "precision": precision, "threshold": cuts.threshold}
    return thinned(columns, cuts.fall_out + cuts.recall, most)


def threshold_sweep(cuts: Cuts, most: int = MOST_POINTS) -> Columns:
    """What each score would do as the threshold, from the lowest, which takes all rows, to the highest."""
    columns = {
        "threshold": cuts.threshold,
        "accuracy": cuts.accuracy,
        "f1": cuts.f1,
        "precision": cuts.precision,
        "recall": cuts.recall,
    }
    rising = {name: values[:0:-1] for name, values in columns.items()}
    return thinned(rising, rising["threshold"] - rising["recall"], most)


def calibration(is_positive: NDArray[np.bool_], p: Floats, bins: int = CALIBRATION_BINS) -> list[dict[str, float]]:
    """How often rows of about the same probability are positive: (n,) each, in ``bins`` bins of equal width.

    A bin has the probabilities above ``low`` up to ``high``; the first has 0 too. Bins without rows are left out.
    """
    edges = np.linspace(0, 1, bins + 1)
    bin_of = np.searchsorted(edges[1:-1], p)
    rows = np.bincount(bin_of, minlength=bins)
    total, positives = np.bincount(bin_of, p, bins), np.bincount(bin_of, is_positive, bins)
    return [
        {
            "low": float(edges[at]),
            "high": float(edges[at + 1]),
            "rows": int(rows[at]),
            "mean_probability": float(total[at] / rows[at]),
            "share_positive": float(positives[at] / rows[at]),
        }
        for at in np.flatnonzero(rows)
    ]


def score_histogram(is_positive: NDArray[np.bool_], p: Floats, bins: int = SCORE_BINS) -> dict[str, list[float]]:
    """Rows of either label by probability, (n,) each: ``bins`` counts between ``bins`` + 1 edges from 0 to 1."""
    edges = np.linspace(0, 1, bins + 1)
    positives, _ = np.histogram(p[is_positive], edges)
    negatives, _ = np.histogram(p[~is_positive], edges)
    return {"edges": edges.tolist(), "positives": positives.tolist(), "negatives": negatives.tolist()}


def thinned(columns: dict[str, Floats], travelled: Floats, most: int) -> Columns:
    """At most ``most`` of the points, evenly along the way that ``travelled`` measures, with both ends.

    columns: (points,) each. travelled: (points,), never falling.
    """
    kept: NDArray[np.intp] = np.arange(travelled.size)
    if travelled.size > most:
        stops = np.linspace(travelled[0], travelled[-1], most)
        # Where the last points are too near to be told apart by their way, the last is still the end.
        kept = np.unique(np.append(np.searchsorted(travelled, stops[:-1]), travelled.size - 1))
    return {name: values[kept].tolist() for name, values in columns.items()}
