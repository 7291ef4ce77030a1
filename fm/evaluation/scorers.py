"""Scores of all items for a block of users: what a ranking orders. Only the order within a user means something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm.errors import MetricError
from fm.folded import Folded
from fm.matrix import SparseRows
from fm.model import FactorizationMachine


class Scorer(Protocol):
    """Anything that scores every item of a catalogue of ``n_items`` for some users."""

    @property
    def n_items(self) -> int: ...

    def scores(self, users: NDArray[np.int64]) -> NDArray[Any]:
        """(users, n_items) of floats for user positions (users,); more is better, and the caller may write into it."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class FactorScores:
    """user · item + the item's own terms, by vectors of both.

    The user's own terms and w0 do not change the order of the items, so they are left out.
    """

    folded: Folded

    @property
    def n_items(self) -> int:
        return self.folded.n_items

    def scores(self, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """One matrix product for all of them."""
        return np.asarray(self.folded.users[users] @ self.folded.items.T + self.folded.item_terms)


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
