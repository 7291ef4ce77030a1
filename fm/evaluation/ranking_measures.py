"""How good rankings are, user by user: an item counts as relevant or not, and only the first k places count."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fm.errors import MetricError
from fm.evaluation.arrays import Floats
from fm.evaluation.rankings import Rankings
from fm.evaluation.user_items import UserItems


class RankingSample:
    """The ranked users as units of resampling; each measure is the mean over users of a value of the user's own.

    - ``precision@k``: share of the k places with a relevant item.
    - ``recall@k``: share of the user's relevant items in those places.
    - ``ndcg@k``: Σ 1 / log2(1 + place) over the hits, of the most that as many relevant items allow
      (Järvelin and Kekäläinen 2002, with gains of 0 and 1).
    - ``map@k``: mean over min(k, relevant items) of the precision at each hit's place.
    - ``novelty``: mean −log2 of the recommended items' share of all training likes, in bits (Vargas and Castells 2011);
      an item that nobody liked counts as liked once.

    Coverage is no mean over users and has no interval here: a resample leaves out a third of the users, so it always
    covers less than they do together.

    rankings: of n users, each with at least one relevant item. train_likes: (n_items,) counts. Raises MetricError.
    """

    def __init__(self, rankings: Rankings, relevant: UserItems, train_likes: NDArray[np.int64]) -> None:
        counts = relevant.per_user()[rankings.users]
        _check(rankings, counts, train_likes)
        is_hit = relevant.contains(rankings.users[:, None], rankings.items) & (rankings.items >= 0)
        self.truth = np.column_stack([rankings.users, counts])
        self.names = _names(rankings.k)
        values = [*_hit_values(is_hit, counts), _novelty(rankings, train_likes)]
        self._values = np.column_stack(values)

    @property
    def size(self) -> int:
        return int(self.truth.shape[0])

    def take(self, at: NDArray[np.intp]) -> RankingSample:
        part = object.__new__(RankingSample)
        part.truth, part.names, part._values = self.truth[at], self.names, self._values[at]
        return part

    def measured(self, weights: Floats, names: tuple[str, ...]) -> dict[str, Floats]:
        means = weights @ self._values / weights.sum(axis=1, keepdims=True)
        return {name: means[:, self.names.index(name)] for name in names}


def users_with(relevant: UserItems) -> NDArray[np.int64]:
    """The positions of the users who have a relevant item, ascending."""
    return np.flatnonzero(relevant.per_user())


def _names(k: int) -> tuple[str, ...]:
    return f"precision@{k}", f"recall@{k}", f"ndcg@{k}", f"map@{k}", "novelty"


def _check(rankings: Rankings, counts: NDArray[np.int64], train_likes: NDArray[np.int64]) -> None:
    if not rankings.users.size:
        raise MetricError("no user to rank for, expected at least one with a relevant item")
    if not counts.all():
        raise MetricError(f"no relevant item for user {rankings.users[np.argmin(counts)]}, expected at least one")
    if train_likes.shape != (rankings.n_items,):
        raise MetricError(
            f"train likes of shape {train_likes.shape}, expected one count for each of {rankings.n_items}"
        )


def _hit_values(is_hit: NDArray[np.bool_], relevant: NDArray[np.int64]) -> list[Floats]:
    """Precision, recall, NDCG and average precision of each user: (n,) each, of hits (n, k) and counts (n,)."""
    k = is_hit.shape[1]
    places = np.arange(1, k + 1)
    discounts = 1 / np.log2(1 + places)
    best_places = np.minimum(relevant, k)
    hits = np.cumsum(is_hit, axis=1)
    return [
        hits[:, -1] / k,
        hits[:, -1] / relevant,
        is_hit @ discounts / np.cumsum(discounts)[best_places - 1],
        np.sum(is_hit * hits / places, axis=1) / best_places,
    ]


def _novelty(rankings: Rankings, train_likes: NDArray[np.int64]) -> Floats:
    """Mean bits of each user's list, (n,); 0 for an empty one."""
    bits = np.log2(max(int(train_likes.sum()), 1)) - np.log2(np.maximum(train_likes, 1))
    is_item = rankings.items >= 0
    total = np.sum(np.where(is_item, bits[rankings.items], 0.0), axis=1)
    return np.asarray(total / np.maximum(np.count_nonzero(is_item, axis=1), 1))
