"""The best items for a user's vector, in an order that is the same whichever way their scores were computed.

A matrix product and a product with one vector add in different orders, and so do two processors: their float32 scores
differ in the last digits, and items that are nearly or truly equal change places. So those scores only choose
candidates, with room for their error; the candidates are scored again in float64, each by itself.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fm.folded import Folded, UserVector

_NOBODY: Final = np.empty(0, np.int64)
_BLOCK_ITEMS: Final = 64
_CHUNK_ITEMS: Final = 1 << 13
_ROUNDING: Final = 2.0**-24
"""Of one operation in float32, relative."""


class Top(NamedTuple):
    """Positions of items, int64 (m,), best first, equal scores by position; and their raw scores, float64 (m,)."""

    items: NDArray[np.int64]
    scores: NDArray[np.float64]


class TopItems:
    """Of one model."""

    def __init__(self, folded: Folded) -> None:
        self._folded = folded
        vectors, terms = folded.items, folded.item_terms
        self._longest = float(np.sqrt(np.einsum("if,if->i", vectors, vectors).max(initial=0)))
        self._highest = float(np.abs(terms).max(initial=0))

    def of(
        self,
        user: UserVector,
        n: int,
        *,
        excluded: NDArray[np.integer] = _NOBODY,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Top:
        """The ``n`` best, or fewer where there are no more.

        excluded: positions that may not be, (e,). allowed: which items may be, bool (items,); None for all.
        """
        scores = self._folded.items @ user.vector
        scores += self._folded.item_terms
        scores[excluded] = -np.inf
        if allowed is not None:
            scores[~allowed] = -np.inf
        return self.of_scores(scores, user, n)

    def of_scores(self, scores: NDArray[np.float32], user: UserVector, n: int) -> Top:
        """The same from products that were taken for many users at once.

        scores: (items,) float32, the user's vector times each item's and the item's term, −∞ for what may not be.
        """
        candidates = self._candidates(scores, user.vector, n)
        exact = self._exact(candidates, user.vector)
        # The same for all items, so added when they are in their order: it could make scores equal that are not.
        order = np.argsort(-exact, kind="stable")[:n]
        return Top(candidates[order], exact[order] + (self._folded.w0 + user.term))

    def _candidates(self, scores: NDArray[np.float32], vector: NDArray[np.float32], n: int) -> NDArray[np.int64]:
        """Every item that may be among the ``n`` best by exact scores, ascending."""
        if not 0 < n < scores.size:
            return np.flatnonzero(scores > -np.inf)[: None if n else 0]
        # ‖u‖ ‖v‖ bounds the sum of the products' sizes; the error of a sum of k of them is below k roundings of it.
        size = float(np.sqrt(vector @ vector)) * self._longest + self._highest
        room = np.float32(4 * (vector.size + 4) * _ROUNDING * size)
        found = _at_least(scores, _low_bound(scores, n) - room)
        if found.size > 4 * n:
            among = scores[found]
            kth = np.partition(among, found.size - n)[found.size - n]
            found = found[among >= kth - room]
        return found

    def _exact(self, items: NDArray[np.int64], vector: NDArray[np.float32]) -> NDArray[np.float64]:
        """Scores but for what all items share, (n,). Each row is summed by itself, so its place makes no difference."""
        of_user, scores = vector.astype(np.float64), np.empty(items.size)
        for first in range(0, items.size, _CHUNK_ITEMS):
            part = items[first : first + _CHUNK_ITEMS]
            products = self._folded.items[part] * of_user
            scores[first : first + part.size] = products.sum(axis=1) + self._folded.item_terms[part]
        return scores


def _low_bound(scores: NDArray[np.float32], n: int) -> np.float32:
    """A number that the ``n`` highest all reach, −∞ where it knows no better: the n-th highest of blocks' highest."""
    blocks = scores.size // _BLOCK_ITEMS
    if n > blocks:
        return np.float32(np.partition(scores, scores.size - n)[scores.size - n])
    highest = scores[: blocks * _BLOCK_ITEMS].reshape(blocks, _BLOCK_ITEMS).max(axis=1)
    return np.float32(np.partition(highest, blocks - n)[blocks - n])


def _at_least(scores: NDArray[np.float32], bound: np.float32) -> NDArray[np.int64]:
    return np.flatnonzero((scores >= bound) & (scores > -np.inf) if bound == -np.inf else scores >= bound)
