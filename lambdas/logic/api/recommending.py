"""The best items for somebody, and why: for a user of the model, for a new one, for anyone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fm.folded import UserVector
from fm.top import top, top_of_rows
from lambdas.logic.api.answers import RecommendedItem, SimilarItem
from lambdas.logic.api.explaining import Explain
from lambdas.logic.api.rules import ABSENT
from lambdas.logic.api.serving import Positions, Serving

REASONS: Final = 3
_FEW: Final = 10_000


def recommended(
    serving: Serving,
    user: UserVector,
    n: int,
    *,
    excluded: NDArray[np.integer[Any]],
    allowed: NDArray[np.bool_] | None,
    liked: NDArray[np.integer[Any]],
    explain: Explain | None,
) -> list[RecommendedItem]:
    """By the recommending model, for a vector of its users' kind; ``liked`` are what reasons are taken from."""
    best = serving.bundle.top_items.of(user, n, excluded=excluded, allowed=allowed)
    scores = serving.bundle.shown(best.scores).tolist()
    return _listed(serving, best.items, scores, reasons(serving, best.items, liked), explain)


def popular(serving: Serving, n: int, allowed: NDArray[np.bool_] | None) -> list[RecommendedItem]:
    """The most rated in training, for whom nothing is known of."""
    places = top(serving.bundle.ratings, n, allowed)
    return _listed(serving, places, [None] * places.size, [[]] * places.size, None)


def reasons(serving: Serving, places: Positions, liked: NDArray[np.integer[Any]]) -> list[list[SimilarItem]]:
    """For each item (n,) the liked ones with the highest cosine, at most REASONS and all of them above 0."""
    chosen = np.sort(liked)
    if not places.size or not chosen.size:
        return [[] for _ in places]
    cosines = _cosines(serving, places, chosen)
    cosines[places[:, None] == chosen] = -1  # nothing is its own reason
    found = _best_of_rows(cosines, min(REASONS, chosen.size))
    return [
        [
            SimilarItem(**serving.described(int(chosen[at])), similarity=float(row[at]))
            for at in best_of_row.tolist()
            if row[at] > 0
        ]
        for row, best_of_row in zip(cosines, found, strict=True)
    ]


def _best_of_rows(cosines: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Places of the ``k`` highest in each row, equal ones by place; few are sorted sooner than divided."""
    if cosines.size > _FEW:
        return top_of_rows(cosines, k)
    return np.argsort(-cosines, axis=1, kind="stable")[:, :k]


def _cosines(serving: Serving, places: Positions, others: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
    """(places, others); of vectors of zeros 0."""
    vectors, lengths = serving.bundle.recommender.items, serving.lengths
    products = vectors[places] @ vectors[others].T
    scales = lengths[places][:, None] * lengths[others]
    cosines = np.divide(products, scales, out=np.zeros_like(products), where=scales > 0)
    return np.asarray(np.clip(cosines, -1, 1))


def _listed(
    serving: Serving,
    places: Positions,
    scores: Sequence[float | None],
    because: Sequence[list[SimilarItem]],
    explain: Explain | None,
) -> list[RecommendedItem]:
    ranks = serving.popularity_ranks[places].tolist()
    return [
        RecommendedItem(
            **serving.described(place),
            score=score,
            popularity_rank=rank,
            because=why,
            explanation=ABSENT if explain is None else explain(place),
        )
        for place, score, rank, why in zip(places.tolist(), scores, ranks, because, strict=True)
    ]
