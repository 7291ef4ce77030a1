"""A model folded to vectors of users and items, whatever blocks of features its rows have.

Every block says something of the user (attributes, what they rated, the week) or of the item (genres, year, who rated
it), so each row is the user's part beside the item's. The threshold that decides stands beside the item: of the ordinal
task a score is that of "at least this".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fm.folded import Folded, fold_rows
from fm.matrix import Rows
from fm.model import FactorizationMachine
from prep.feature_space import FeatureSpace
from prep.features.blocks import THRESHOLDS
from prep.features.encoder import Encoder
from prep.triplet import Triplet

_OF_ITEMS: Final = frozenset({"item", "genres", "year", "item_raters", THRESHOLDS})
_MAX_VALUES: Final = 1 << 18
"""Of a part that is folded at once."""


def folded_of(
    model: FactorizationMachine,
    space: FeatureSpace,
    encoder: Encoder,
    threshold: int | None = None,
    *,
    users: NDArray[np.int64] | None = None,
) -> Folded:
    """All items and all users, or only those at some positions (n,), the others' vectors and terms being zeros.

    threshold: its position among the space's, as ``LabelRule.decision`` says it, of the ordinal task only. Memory is
    that of the vectors and of one part of the rows. Raises FeatureCountMismatch, and ValueError for a threshold of a
    space without, or none of one with.
    """
    n_users, n_items = len(space.users), len(space.items)
    if space.is_plain and users is None and threshold is None:
        return Folded.of_columns(model, users=slice(0, n_users), items=slice(n_users, n_users + n_items))
    all_users, all_items = np.arange(n_users), np.arange(n_items)
    # Whoever stands on the other side is cut away again, so let it be what is soonest encoded.
    user = int(np.argmin(encoder.lengths(all_users, np.zeros_like(all_users))))
    item = int(np.argmin(encoder.lengths(np.zeros_like(all_items), all_items)))
    is_items = _columns_of_items(space)
    fold = _Fold(model, encoder, threshold)
    wanted = all_users if users is None else users
    user_vectors, user_terms = fold.rows(wanted, np.full_like(wanted, item), ~is_items)
    item_vectors, item_terms = fold.rows(np.full_like(all_items, user), all_items, is_items)
    return Folded(
        w0=float(model.w0[0]),
        users=user_vectors if users is None else _spread(user_vectors, users, n_users),
        user_terms=user_terms if users is None else _spread(user_terms, users, n_users),
        items=item_vectors,
        item_terms=item_terms,
    )


class _Fold:
    def __init__(self, model: FactorizationMachine, encoder: Encoder, threshold: int | None) -> None:
        self._model, self._encoder, self._threshold = model, encoder, threshold

    def rows(
        self, users: NDArray[np.int64], items: NDArray[np.int64], is_kept: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Sums of factors (n, factors) and own terms (n,) of rows (n,), of the columns that are kept alone."""
        vectors = np.empty((users.size, self._model.n_factors), np.float32)
        terms = np.empty(users.size, np.float32)
        thresholds = None if self._threshold is None else np.full_like(users, self._threshold)
        for part, x in self._encoder.batches(users, items, thresholds=thresholds, max_values=_MAX_VALUES):
            vectors[part], terms[part] = fold_rows(self._model, _kept(x, is_kept))
        return vectors, terms


def _columns_of_items(space: FeatureSpace) -> NDArray[np.bool_]:
    is_items = np.zeros(space.feature_dim, np.bool_)
    for block in space.all_blocks:
        is_items[block.first : block.stop] = block.kind in _OF_ITEMS
    return is_items


def _kept(x: Triplet, is_kept: NDArray[np.bool_]) -> Rows:
    """All rows, with only the columns that are kept, bool (columns,)."""
    kept = is_kept[x.indices]
    before = np.concatenate(([0], np.cumsum(kept)))
    return Rows(before[x.indptr], x.indices[kept], x.data[kept], x.n_columns)


def _spread(given: NDArray[np.float32], places: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """``count`` vectors or terms: those given at these places, and zeros elsewhere."""
    spread = np.zeros((count, *given.shape[1:]), np.float32)
    spread[places] = given
    return spread
