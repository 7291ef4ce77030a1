"""Each user's best unseen items, in blocks of users, so that memory does not grow with their number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fm.errors import MetricError
from fm.evaluation.scorers import Scorer
from fm.evaluation.user_items import UserItems
from fm.top import top_of_rows

MOST_SCORES = 1 << 22
"""Scores held at once: 16 MB of float32, and a few times that while they are ordered."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rankings:
    """``users`` (n,) int64 positions; ``items`` (n, k) int64 positions, best first, −1 where a user has no more."""

    users: NDArray[np.int64]
    items: NDArray[np.int64]
    n_items: int

    @property
    def k(self) -> int:
        """Length of the lists."""
        return int(self.items.shape[1])

    def frequency(self) -> NDArray[np.int64]:
        """In how many users' lists each item stands, (n_items,)."""
        return np.bincount(self.items[self.items >= 0], minlength=self.n_items).astype(np.int64)

    def coverage(self) -> float:
        """Share of the catalogue that stands in any list."""
        return float(np.count_nonzero(self.frequency()) / self.n_items)


def rank(
    scorer: Scorer, seen: UserItems, users: NDArray[np.int64], *, k: int = 10, most_scores: int = MOST_SCORES
) -> Rankings:
    """The ``k`` items with the highest scores among those each user (n,) has not ``seen``; equal scores by position.

    Raises MetricError, also for a score that is not a finite number.
    """
    if scorer.n_items != seen.n_items or k < 1 or seen.n_items < 1:
        raise MetricError(
            f"k {k}, {scorer.n_items} items with scores, {seen.n_items} in all: expected k ≥ 1 and as many"
        )
    wanted = np.asarray(users, dtype=np.int64)
    per_block = max(1, most_scores // seen.n_items)
    found = np.full((wanted.size, k), -1, dtype=np.int64)
    for first in range(0, wanted.size, per_block):
        block = wanted[first : first + per_block]
        best = _best_unseen(_checked(scorer.scores(block), block, seen.n_items), seen, block, k)
        found[first : first + per_block, : best.shape[1]] = best
    return Rankings(users=wanted, items=found, n_items=seen.n_items)


def _best_unseen(scores: NDArray[Any], seen: UserItems, users: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    scores[seen.of_users(users)] = -np.inf
    best = top_of_rows(scores, min(k, seen.n_items))
    is_seen = np.isneginf(np.take_along_axis(scores, best, axis=1))
    return np.where(is_seen, -1, best)


def _checked(scores: NDArray[Any], users: NDArray[np.int64], n_items: int) -> NDArray[Any]:
    if scores.shape != (users.size, n_items):
        raise MetricError(f"scores of shape {scores.shape}, expected {(users.size, n_items)}")
    if not np.isfinite(scores).all():
        at, item = np.argwhere(~np.isfinite(scores))[0]
        raise MetricError(f"score {scores[at, item]} of item {item} for user {users[at]}, expected finite numbers")
    return scores
