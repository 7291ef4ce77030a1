"""The highest of many scores, best first and equal ones by place, without sorting them all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fm.errors import NoOrder


def top(scores: NDArray[Any], n: int, allowed: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """Positions of the ``n`` highest of ``scores`` (items,), highest first and equal ones by position: (m,) int64.

    allowed: which items may stand there, bool (items,); of fewer than ``n`` all are given. O(items + n log n): the n-th
    highest is found by partition, and only what is above or level with it is ordered. Infinite scores have their
    place. Raises NoOrder for NaN among those allowed, for a negative ``n`` and for other shapes.
    """
    if scores.ndim != 1 or n < 0 or (allowed is not None and allowed.shape != scores.shape):
        shapes = f"scores {scores.shape}, allowed {None if allowed is None else allowed.shape}, n {n}"
        raise NoOrder(f"{shapes}: expected (items,), the same, and n ≥ 0")
    if allowed is None:
        return _top(scores, n)
    places = np.flatnonzero(allowed)
    return places[_top(scores[places], n)]


def top_of_rows(scores: NDArray[Any], k: int) -> NDArray[np.int64]:
    """The same for each row of (rows, n ≥ k ≥ 1) that have no NaN: (rows, k).

    No row is sorted whole: the k-th highest value is found by partition, and of those equal to it the first are taken.
    """
    kth = -np.partition(-scores, k - 1, axis=1)[:, k - 1 : k]
    is_above, is_level = scores > kth, scores == kth
    wanted = k - np.count_nonzero(is_above, axis=1, keepdims=True)
    is_chosen = is_above | (is_level & (np.cumsum(is_level, axis=1, dtype=np.int32) <= wanted))
    places = np.nonzero(is_chosen)[1].reshape(-1, k)
    order = np.argsort(-np.take_along_axis(scores, places, axis=1), axis=1, kind="stable")
    return np.take_along_axis(places, order, axis=1)


def _top(scores: NDArray[Any], n: int) -> NDArray[np.int64]:
    if scores.size and np.isnan(scores.max()):
        raise NoOrder(f"score {int(np.argmax(np.isnan(scores)))} of {scores.size} is NaN, expected numbers")
    if n == 0 or scores.size == 0:
        return np.empty(0, np.int64)
    if n >= scores.size:
        return _best_first(scores, np.arange(scores.size))
    kth = np.partition(scores, scores.size - n)[scores.size - n]
    above = np.flatnonzero(scores > kth)
    level = np.flatnonzero(scores == kth)[: n - above.size]
    return np.concatenate((_best_first(scores, above), level))


def _best_first(scores: NDArray[Any], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places (m,), ascending, in the order of their scores."""
    # Reversed before and after, so that equal scores keep their order; a minus sign would turn unsigned numbers round.
    backwards = places[::-1]
    return backwards[np.argsort(scores[backwards], kind="stable")][::-1]
