"""The highest of many scores, best first and equal ones by place, without sorting them all."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fm.errors import NoOrder

_HEAP: Final = 64
"""Scores of which one maximum is taken."""


def top(scores: NDArray[Any], n: int, allowed: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """Positions of the ``n`` highest of ``scores`` (items,), highest first and equal ones by position: (m,) int64.

    allowed: which items may stand there, bool (items,); where they are fewer than ``n``, all of them do. Infinite
    scores have their place too. O(items + n log n): what is below a bound that ``n`` scores reach is left out first,
    then the n-th highest is found by partition. Raises NoOrder for NaN among those allowed, for ``n`` below 0, and for
    other shapes.
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
    n = min(n, scores.size)
    if n == 0:
        return np.empty(0, np.int64)
    places = np.flatnonzero(scores >= _bound(scores, n))
    found = scores[places]
    kth = np.partition(found, found.size - n)[found.size - n]
    is_above = found > kth
    above, level = places[is_above], places[found == kth]
    return np.concatenate((_best_first(scores, above), level[: n - above.size]))


def _bound(scores: NDArray[Any], n: int) -> Any:
    """A value that at least ``n`` of the scores reach, and most often few more.

    The n-th highest of the heaps' maxima: n heaps have one that reaches it. Of the scores in their order, heap j has
    the j-th of every so many, so that all maxima are taken at once.
    """
    heaps = max(n, scores.size // _HEAP)
    whole = scores.size // heaps * heaps
    maxima = scores[:whole].reshape(-1, heaps).max(axis=0)
    if np.isnan(maxima.max()) or np.isnan(scores[whole:]).any():
        raise NoOrder(f"{np.count_nonzero(np.isnan(scores))} of {scores.size} scores are NaN, expected numbers")
    return np.partition(maxima, heaps - n)[heaps - n]


def _best_first(scores: NDArray[Any], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places (m,), ascending, in the order of their scores."""
    # Reversed before and after, so that equal scores keep their order; a minus sign would turn unsigned numbers round.
    backwards = places[::-1]
    return backwards[np.argsort(scores[backwards], kind="stable")][::-1]
