"""Who rated what: collected from channels part by part, kept as one list of items for each user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LIKED: Final = 0
KNOWN: Final = 1
HELD_OUT: Final = 2
"""In this order they stand in a user's list: likes in training, what else was trained or chosen on, the test's."""
_KINDS: Final = 3
_AT_ONCE: Final = 1 << 22


class MiscountedRatings(ValueError):
    """The channels have more or fewer ratings than the preparation said."""


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """A list of item positions for each user: ``items[starts[user]:stops[user]]``, distinct, in no order to rely on.

    starts, stops: int64 (users,). items: int32, shared by lists of several kinds.
    """

    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    items: NDArray[np.int32]

    def __len__(self) -> int:
        return int(self.starts.size)

    def of(self, user: int) -> NDArray[np.int32]:
        """The items of the user at that position, (n,)."""
        return self.items[self.starts[user] : self.stops[user]]

    def counts(self) -> NDArray[np.int64]:
        """How many each user has, (users,)."""
        return self.stops - self.starts


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UserRatings:
    """Every user's items, in one list: those liked in training, then what else is known, then those held out.

    indptr: int64 (users + 1,). liked, known: int32 (users,), how many of a list are liked, and how many known, likes
    among them. items: int32 (ratings,), ascending within each of the three parts. of_items, likes_of_items: int64
    (items,), ratings and likes in training. So one array is three kinds of lists. Raises ValueError where the arrays do
    not fit together.
    """

    indptr: NDArray[np.int64]
    known_counts: NDArray[np.int32]
    liked_counts: NDArray[np.int32]
    items: NDArray[np.int32]
    of_items: NDArray[np.int64]
    likes_of_items: NDArray[np.int64]

    def __post_init__(self) -> None:
        lengths = np.diff(self.indptr)
        if self.indptr[:1].tolist() != [0] or self.indptr[-1] != self.items.size or (lengths < 0).any():
            raise ValueError(f"rated_indptr, expected ascending from 0 to {self.items.size}")
        if not self.known_counts.shape == self.liked_counts.shape == lengths.shape:
            found = f"{self.known_counts.size} known_counts and {self.liked_counts.size} liked_counts"
            raise ValueError(f"{found}, expected {lengths.size} each")
        is_sound = (self.liked_counts >= 0) & (self.liked_counts <= self.known_counts) & (self.known_counts <= lengths)
        if not is_sound.all():
            raise ValueError(f"user {int(np.argmin(is_sound))}, expected 0 ≤ liked ≤ known ≤ rated")
        if self.of_items.shape != self.likes_of_items.shape:
            raise ValueError(f"{self.of_items.size} ratings and {self.likes_of_items.size} likes, expected as many")
        if self.items.size and not 0 <= self.items.min() <= self.items.max() < self.of_items.size:
            found = f"rated_items from {self.items.min()} to {self.items.max()}"
            raise ValueError(f"{found}, expected 0 to {self.of_items.size - 1}")

    @property
    def rated(self) -> Lists:
        """All."""
        return Lists(self.indptr[:-1], self.indptr[1:], self.items)

    @property
    def known(self) -> Lists:
        """Those of training and validation."""
        return Lists(self.indptr[:-1], self.indptr[:-1] + self.known_counts, self.items)

    @property
    def liked(self) -> Lists:
        """The likes among those of training."""
        return Lists(self.indptr[:-1], self.indptr[:-1] + self.liked_counts, self.items)


class Collector:
    """Takes ratings in any order; 8 bytes a rating until they are sorted, and then 4 besides."""

    def __init__(self, *, n_users: int, n_items: int, n_ratings: int) -> None:
        self._n_users, self._n_items = n_users, n_items
        self._keys = np.empty(n_ratings, np.int64)
        self._filled = 0
        self._ratings, self._likes = np.zeros(n_items, np.int64), np.zeros(n_items, np.int64)

    def add_train(self, users: NDArray[np.int32], items: NDArray[np.int32], is_liked: NDArray[np.bool_]) -> None:
        """Ratings that were learnt from, (n,) each by position. Raises MiscountedRatings."""
        self._ratings += np.bincount(items, minlength=self._n_items)
        self._likes += np.bincount(items[is_liked], minlength=self._n_items)
        self._add(users, items, np.where(is_liked, LIKED, KNOWN))

    def add_validation(self, users: NDArray[np.int32], items: NDArray[np.int32]) -> None:
        """Ratings that something was chosen by. Raises MiscountedRatings."""
        self._add(users, items, KNOWN)

    def add_test(self, users: NDArray[np.int32], items: NDArray[np.int32]) -> None:
        """Ratings that were measured on. Raises MiscountedRatings."""
        self._add(users, items, HELD_OUT)

    def finish(self) -> UserRatings:
        """The lists of all that was added. Raises MiscountedRatings."""
        if self._filled != self._keys.size:
            raise MiscountedRatings(f"{self._filled} ratings in the channels, expected {self._keys.size} as prepared")
        keys = self._keys
        keys.sort()
        starts = np.arange(self._n_users * _KINDS + 1, dtype=np.int64) * self._n_items
        # A row for each user: where each kind begins, and after the last the next user's likes.
        starts = np.searchsorted(keys, starts)
        begins, indptr = starts[:-1].reshape(-1, _KINDS), starts[::_KINDS].astype(np.int64)
        items = np.empty(keys.size, np.int32)
        for first in range(0, keys.size, _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            items[part] = keys[part] % self._n_items
        return UserRatings(
            indptr=indptr,
            known_counts=(begins[:, HELD_OUT] - begins[:, LIKED]).astype(np.int32),
            liked_counts=(begins[:, KNOWN] - begins[:, LIKED]).astype(np.int32),
            items=items,
            of_items=self._ratings,
            likes_of_items=self._likes,
        )

    def _add(self, users: NDArray[np.int32], items: NDArray[np.int32], kind: NDArray[np.int64] | int) -> None:
        stop = self._filled + users.size
        if stop > self._keys.size:
            raise MiscountedRatings(f"{stop} ratings or more in the channels, expected {self._keys.size} as prepared")
        keys = users.astype(np.int64)
        keys *= _KINDS
        keys += kind
        keys *= self._n_items
        keys += items
        self._keys[self._filled : stop] = keys
        self._filled = stop
