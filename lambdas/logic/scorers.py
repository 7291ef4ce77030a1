"""A ranking model as scores of all items for a user, whatever blocks of features its rows have.

Every block says something of the user (attributes, what they rated, the week) or of the item (genres, year, who rated
it), so each row is the user's part beside the item's, and one matrix product scores many users with all items.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fm.evaluation.scorers import FactorScores
from fm.model import FactorizationMachine
from prep.feature_space import FeatureSpace
from prep.features.encoder import Encoder
from prep.triplet import Triplet

_OF_ITEMS = frozenset({"item", "genres", "year", "item_raters"})


def scorer_of(
    model: FactorizationMachine, space: FeatureSpace, encoder: Encoder, users: NDArray[np.int64]
) -> FactorScores:
    """Scores for some of the users, by position, ascending (n,); of the others nothing is known.

    Raises FeatureCountMismatch.
    """
    n_users, n_items = len(space.users), len(space.items)
    if space.is_plain:
        columns = {"users": slice(0, n_users), "items": slice(n_users, n_users + n_items)}
        return FactorScores.of_columns(model, **columns)
    all_users, all_items = np.arange(n_users), np.arange(n_items)
    # Whoever stands on the other side is cut away again, so let it be what is soonest encoded.
    user = int(np.argmin(encoder.lengths(all_users, np.zeros_like(all_users))))
    item = int(np.argmin(encoder.lengths(np.zeros_like(all_items), all_items)))
    is_items = _columns_of_items(space)
    of_users = _kept((x for _, x in encoder.batches(users, np.full_like(users, item))), ~is_items)
    of_items = _kept((x for _, x in encoder.batches(np.full_like(all_items, user), all_items)), is_items)
    return FactorScores.of_rows(model, users=_spread(of_users, users, n_users), items=of_items)


def _columns_of_items(space: FeatureSpace) -> NDArray[np.bool_]:
    is_items = np.zeros(space.feature_dim, np.bool_)
    for block in space.all_blocks:
        is_items[block.first : block.stop] = block.kind in _OF_ITEMS
    return is_items


def _kept(batches: Iterable[Triplet], is_kept: NDArray[np.bool_]) -> Triplet:
    """All rows, with only the columns that are kept, bool (columns,)."""
    lengths, indices, data = [np.zeros(1, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.float32)]
    for x in batches:
        kept = is_kept[x.indices]
        before = np.concatenate(([0], np.cumsum(kept)))
        lengths.append(np.diff(before[x.indptr]))
        indices.append(x.indices[kept])
        data.append(x.data[kept])
    indptr = np.cumsum(np.concatenate(lengths))
    return Triplet(indptr=indptr, indices=np.concatenate(indices), data=np.concatenate(data), n_columns=is_kept.size)


def _spread(rows: Triplet, places: NDArray[np.int64], count: int) -> Triplet:
    """``count`` rows: those given at these places (rows,), ascending, and empty ones elsewhere."""
    indptr = np.zeros(count + 1, np.int64)
    indptr[places + 1] = np.diff(rows.indptr)
    return Triplet(indptr=np.cumsum(indptr), indices=rows.indices, data=rows.data, n_columns=rows.n_columns)
