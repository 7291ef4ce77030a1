"""Which users have to do with which items: rated in training, liked in the test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm.errors import MetricError
from fm.evaluation.positions import positions


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UserItems:
    """A set of (user, item) pairs, by position from 0 among ``n_users`` and ``n_items``.

    ``keys``: (pairs,) int64, ascending and distinct: user · n_items + item.
    """

    keys: NDArray[np.int64]
    n_users: int
    n_items: int

    @classmethod
    def of(cls, users: ArrayLike, items: ArrayLike, *, n_users: int, n_items: int) -> UserItems:
        """From positions (n,) each, in any order; a pair given twice counts once. Raises MetricError."""
        u, i = positions("user", users, n_users), positions("item", items, n_items)
        if u.size != i.size:
            raise MetricError(f"{u.size} users and {i.size} items, expected one of each per pair")
        return cls(keys=np.unique(u.astype(np.int64) * n_items + i.astype(np.int64)), n_users=n_users, n_items=n_items)

    @property
    def items(self) -> NDArray[np.int64]:
        """The item of each pair, (pairs,)."""
        return self.keys % max(self.n_items, 1)

    def per_user(self) -> NDArray[np.int64]:
        """How many items each user has, (n_users,)."""
        return np.diff(self.starts(np.arange(self.n_users + 1)))

    def per_item(self) -> NDArray[np.int64]:
        """How many users each item has, (n_items,)."""
        return np.bincount(self.items, minlength=self.n_items).astype(np.int64)

    def starts(self, users: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the pairs of these users begin in ``keys``, for users (n,) from 0 to ``n_users``, which ends them."""
        return np.searchsorted(self.keys, users * self.n_items).astype(np.int64)

    def of_users(self, users: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The pairs of these users (n,): the place of each pair's user among them, and its item."""
        begin, end = self.starts(users), self.starts(users + 1)
        counts = end - begin
        place = np.repeat(np.arange(users.size), counts)
        within = np.arange(place.size) - np.repeat(np.cumsum(counts) - counts, counts)
        return place, self.keys[begin[place] + within] - users[place] * self.n_items

    def contains(self, users: NDArray[np.int64], items: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each of these pairs is one, for positions of equal or broadcastable shape."""
        wanted = users * self.n_items + items
        at = np.minimum(np.searchsorted(self.keys, wanted), max(self.keys.size - 1, 0))
        return np.asarray(self.keys[at] == wanted) if self.keys.size else np.zeros(wanted.shape, dtype=bool)

    def without(self, other: UserItems) -> UserItems:
        """The pairs that the other set does not have. Raises MetricError when it counts other users or items."""
        if (self.n_users, self.n_items) != (other.n_users, other.n_items):
            raise MetricError(
                f"{other.n_users} users and {other.n_items} items, expected {self.n_users} and {self.n_items}"
            )
        keys = np.setdiff1d(self.keys, other.keys, assume_unique=True)
        return UserItems(keys=keys, n_users=self.n_users, n_items=self.n_items)
