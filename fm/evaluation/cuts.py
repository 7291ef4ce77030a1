"""Every way to divide rows by their score: what thresholds, curves and areas are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fm.evaluation.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cuts:
    """One cut per distinct score, which takes the rows from that score on for positive, after one that takes none.

    ``threshold`` (cuts,) float64, falling; the first is above 1 and above every score. ``true_positives`` and
    ``false_positives`` (cuts,) int64: the positive and the negative rows among those taken, from 0 to all of them.
    """

    threshold: Floats
    true_positives: NDArray[np.int64]
    false_positives: NDArray[np.int64]

    @classmethod
    def of(cls, is_positive: NDArray[np.bool_], scores: Floats) -> Cuts:
        """The cuts of rows (n,), in O(n log n); rows of equal score are taken together."""
        order, ends = falling(scores)
        taken = scores[order[ends]]
        positives = np.cumsum(is_positive[order], dtype=np.int64)[ends]
        return cls(
            threshold=np.concatenate([[np.nextafter(max(1.0, taken[0]), np.inf)], taken]),
            true_positives=np.concatenate([[0], positives]),
            false_positives=np.concatenate([[0], ends + 1 - positives]),
        )

    @property
    def positives(self) -> int:
        """Positive rows in all."""
        return int(self.true_positives[-1])

    @property
    def negatives(self) -> int:
        """Negative rows in all."""
        return int(self.false_positives[-1])

    @property
    def recall(self) -> Floats:
        """Share of the positive rows that are taken, (cuts,)."""
        return np.asarray(self.true_positives / self.positives)

    @property
    def fall_out(self) -> Floats:
        """Share of the negative rows that are taken, (cuts,): the false positive rate."""
        return np.asarray(self.false_positives / self.negatives)

    @property
    def precision(self) -> Floats:
        """Share of the taken rows that are positive, (cuts,); 0 where none is taken."""
        return np.asarray(self.true_positives / np.maximum(self.true_positives + self.false_positives, 1))

    @property
    def accuracy(self) -> Floats:
        """Share of the rows on their label's side, (cuts,)."""
        right = self.true_positives + self.negatives - self.false_positives
        return np.asarray(right / (self.positives + self.negatives))

    @property
    def f1(self) -> Floats:
        """2·tp / (tp + positives + fp), (cuts,): the harmonic mean of precision and recall."""
        return np.asarray(2 * self.true_positives / (self.true_positives + self.positives + self.false_positives))


def falling(scores: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The order of rows by falling score (n,), and the places in it where each run of equal scores ends."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    return order, np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), scores.size - 1)


def roc_area(true_positives: NDArray[Any], false_positives: NDArray[Any]) -> Floats:
    """Area under the ROC curve by trapezoids, so that ties count half: (...,) of counts at falling cuts (..., cuts).

    The first cut takes nothing, the last everything. NaN where one of the labels is missing.
    """
    heights = true_positives[..., 1:] + true_positives[..., :-1]
    area = np.sum(np.diff(false_positives, axis=-1) * heights, axis=-1) / 2
    return _share(area, true_positives[..., -1] * false_positives[..., -1])


def average_precision(true_positives: NDArray[Any], false_positives: NDArray[Any]) -> Floats:
    """Precision at each cut, weighted by the recall it adds: (...,) of counts at falling cuts (..., cuts).

    No interpolation between cuts, which would be too hopeful (Davis and Goadrich 2006). NaN where no row is positive.
    """
    precision = true_positives / np.maximum(true_positives + false_positives, 1)
    added = np.diff(true_positives, axis=-1)
    return _share(np.sum(added * precision[..., 1:], axis=-1), true_positives[..., -1])


def _share(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.asarray(part / np.asarray(whole, dtype=np.float64))
