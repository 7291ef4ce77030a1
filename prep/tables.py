"""Ratings and items as whole columns: what every reader returns and every step works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNKNOWN_YEAR = 0


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """One row per rating, in file order: row r stood on line r + 1 of its file.

    users, items: int64 (n,), the dataset's own ids. values: float32 (n,). timestamps: int64 (n,), seconds since 1970.
    """

    users: NDArray[np.int64]
    items: NDArray[np.int64]
    values: NDArray[np.float32]
    timestamps: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.users)

    def take(self, order: NDArray[np.integer]) -> Ratings:
        """The rows named by ``order``, in that order."""
        return Ratings(self.users[order], self.items[order], self.values[order], self.timestamps[order])


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """What is known of each item, one row per item, in file order.

    ids: int64 (m,), or text (<U). titles: m strings. years: int64 (m,), year of release, 0 where unknown.
    genres: bool (m, len(genre_names)).
    """

    ids: NDArray[Any]
    titles: tuple[str, ...]
    years: NDArray[np.int64]
    genres: NDArray[np.bool_]
    genre_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Users:
    """What is known of each user, one row per user, in file order.

    ids: int64 (n,), or text (<U). attributes: by its name, n words each, the empty one where unknown.
    """

    ids: NDArray[Any]
    attributes: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.ids)
