"""Items that a user has not rated, drawn evenly, each draw a function of seed, user, item and draw number alone.

No draw is ever rejected. Leave a user's rated items out of 0, 1, 2, …: the r-th that remains is r + k, where k rated
items lie before it, and as many as have (item − rank among the rated) ≤ r do. One binary search gives k.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prep.hashing import mix, users_of

_ITEM = np.uint64(0xFFFFFFFF)
_USER_STEP = np.uint64(1 << 32)


class Unseen:
    """The unseen items of the users of one chunk.

    seen: uint64, ascending and distinct ``hashing.pairs_of`` what the users have rated, at least those asked about.
    n_items: how many items there are.
    """

    def __init__(self, seen: NDArray[np.uint64], n_items: int) -> None:
        self._seen, self._n_items = seen, n_items
        users = users_of(seen)
        starts = np.flatnonzero(np.diff(users, prepend=-1))
        rank = np.arange(seen.size) - np.repeat(starts, np.diff(starts, append=seen.size))
        self._gaps = seen - rank.astype(np.uint64)  # never borrows from the user: rank ≤ item

    def counts(self, pairs: NDArray[np.uint64]) -> NDArray[np.int64]:
        """How many items the user of each pair has not rated, (n,)."""
        first = self._first(pairs)
        return self._n_items - (np.searchsorted(self._seen, pairs | _ITEM, side="right") - first)

    def draw(self, pairs: NDArray[np.uint64], draws: NDArray[np.uint64], seed: int) -> NDArray[np.int64]:
        """Item positions (n, draws): for each pair (n,) one unseen item of its user for each draw number (draws,).

        Every user has to have one. The same pair, draw number and seed give the same item, whatever else is asked.
        """
        numbers = mix((mix(pairs, seed)[:, None] + draws).ravel(), seed).reshape(pairs.size, draws.size)
        numbers %= self.counts(pairs).astype(np.uint64)[:, None]
        wanted = (pairs & ~_ITEM)[:, None] | numbers
        before = np.searchsorted(self._gaps, wanted.ravel(), side="right").reshape(wanted.shape)
        drawn: NDArray[np.int64] = numbers.view(np.int64) + before - self._first(pairs)[:, None]
        return drawn

    def _first(self, pairs: NDArray[np.uint64]) -> NDArray[np.int64]:
        return np.searchsorted(self._seen, pairs & ~_ITEM, side="left").astype(np.int64, copy=False)
