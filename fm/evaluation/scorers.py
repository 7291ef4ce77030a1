"""Scores of all items for a block of users: what a ranking orders. Only the order within a user means something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm.errors import FeatureCountMismatch, MetricError
from fm.matrix import Rows, SparseRows, as_rows
from fm.model import FactorizationMachine
from fm.terms import group_terms

_CHUNK_ROWS = 1 << 14


class Scorer(Protocol):
    """Anything that scores every item of a catalogue of ``n_items`` for some users."""

    @property
    def n_items(self) -> int: ...

    def scores(self, users: NDArray[np.int64]) -> NDArray[Any]:
        """(users, n_items) of floats for user positions (users,); more is better, and the caller may write into it."""
        ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FactorScores:
    """user · item + bias: ``users`` (n_users, factors), ``items`` (n_items, factors), ``bias`` (n_items,), float32.

    An FM's score of a row that is a user's features beside an item's splits into the user's own terms, the item's own
    terms and the product of their sums of factors (:mod:`fm.terms`). The user's own terms and w0 do not change the
    order of the items, so they are left out.
    """

    users: NDArray[np.float32]
    items: NDArray[np.float32]
    bias: NDArray[np.float32]

    @property
    def n_items(self) -> int:
        return int(self.bias.size)

    @classmethod
    def of_columns(cls, model: FactorizationMachine, *, users: slice, items: slice) -> FactorScores:
        """Of a space whose rows are one user column and one item column, both 1. Raises FeatureCountMismatch."""
        for name, part in (("users", users), ("items", items)):
            if part.step not in (None, 1) or not 0 <= part.start <= part.stop <= model.n_features:
                raise FeatureCountMismatch(f"{name} in columns {part}, expected a part of 0 to {model.n_features}")
        return cls(users=model.v[users], items=model.v[items], bias=model.w[items])

    @classmethod
    def of_rows(cls, model: FactorizationMachine, *, users: SparseRows, items: SparseRows) -> FactorScores:
        """Of any space: the rows that each user (n_users, features) and each item (n_items, features) brings along.

        No column may be both a user's and an item's. Raises FeatureCountMismatch, MalformedMatrix, MetricError.
        """
        of_users, of_items = as_rows(users), as_rows(items)
        shared = np.intersect1d(of_users.indices, of_items.indices)
        if shared.size:
            raise MetricError(f"column {shared[0]} in rows of users and of items, expected it in one kind only")
        user_sums, _ = _projected(model, of_users)
        item_sums, item_terms = _projected(model, of_items)
        return cls(users=user_sums, items=item_sums, bias=item_terms)

    def scores(self, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """One matrix product for all of them."""
        return np.asarray(self.users[users] @ self.items.T + self.bias)


@dataclass(frozen=True, slots=True, eq=False)
class PopularityScores:
    """The same for every user: how often each item was rated or liked in training, ``counts`` (n_items,)."""

    counts: ArrayLike

    @property
    def n_items(self) -> int:
        return int(np.asarray(self.counts).size)

    def scores(self, users: NDArray[np.int64]) -> NDArray[np.float64]:
        """The counts, once per user."""
        return np.tile(np.asarray(self.counts, dtype=np.float64), (users.size, 1))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RowScores:
    """Any space, row by row: for features of a user and an item together, which :class:`FactorScores` cannot split.

    ``rows`` makes the rows of one user, given by position, with every item in turn: (n_items, features).
    """

    model: FactorizationMachine
    rows: Callable[[int], SparseRows]
    n_items: int

    def scores(self, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """O(n_items · stored values · factors) for each user. Raises MetricError for another number of rows."""
        scores = np.empty((users.size, self.n_items), dtype=np.float32)
        for at, user in enumerate(users.tolist()):
            found = self.model.score(self.rows(user))
            if found.size != self.n_items:
                raise MetricError(f"{found.size} rows for user {user}, expected one for each of {self.n_items} items")
            scores[at] = found
        return scores


def _projected(model: FactorizationMachine, rows: Rows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Each row's sum of factors (rows, factors), and its own linear and pair terms (rows,)."""
    if rows.n_columns != model.n_features:
        raise FeatureCountMismatch(f"{rows.n_columns} columns, expected {model.n_features} as the model has")
    sums = np.zeros((rows.count, model.n_factors), dtype=np.float32)
    own = np.zeros(rows.count, dtype=np.float32)
    for first in range(0, rows.count, _CHUNK_ROWS):
        indptr = rows.indptr[first : first + _CHUNK_ROWS + 1]
        begin, end = indptr[0], indptr[-1]
        filled = np.flatnonzero(np.diff(indptr))
        terms = group_terms(model, rows.indices[begin:end], rows.data[begin:end], indptr[filled] - begin)
        sums[first + filled], own[first + filled] = terms.sums, terms.linear + terms.within
    return sums, own
