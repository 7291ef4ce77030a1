"""What a generated set of ratings holds, known by whoever wrote it and not by reading it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LIKED_AT_LEAST = 4.0


@dataclass(frozen=True, slots=True)
class Film:
    """title: with its year, as it stands in the file. year: 0 where the title has none. genres: none, or by name."""

    title: str
    year: int
    genres: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Every row, in file order.

    folder: where the files are. file: the one with the ratings. users, items: (rows,) int64, or objects that are str.
    values: float32 (rows,). times: int64 (rows,), seconds. liked_probability: float64 (rows,), the planted chance of 4
    stars or more, the best that any model can know. films: of every item that is described, rated or not. people: what
    is told of each user, by name.
    """

    folder: Path
    file: str
    users: NDArray[Any]
    items: NDArray[Any]
    values: NDArray[np.float32]
    times: NDArray[np.int64]
    liked_probability: NDArray[np.float64]
    films: Mapping[Any, Film] = field(default_factory=dict)
    people: Mapping[Any, Mapping[str, str]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many ratings."""
        return len(self.users)

    @property
    def user_ids(self) -> list[Any]:
        """Who rated, ascending, each once."""
        return sorted(set(self.users.tolist()))

    @property
    def item_ids(self) -> list[Any]:
        """What was rated, ascending, each once."""
        return sorted(set(self.items.tolist()))

    @property
    def rows_per_user(self) -> dict[Any, int]:
        """How many ratings each user gave."""
        return dict(Counter(self.users.tolist()))

    @property
    def liked(self) -> NDArray[np.bool_]:
        """4 stars or more; bool (rows,)."""
        return self.values >= LIKED_AT_LEAST

    @property
    def likes(self) -> int:
        """How many ratings have 4 stars or more."""
        return int(self.liked.sum())

    @property
    def majority_accuracy(self) -> float:
        """Of the more frequent label, said of every row."""
        return max(self.likes, self.rows - self.likes) / self.rows

    @property
    def best_accuracy(self) -> float:
        """Of the planted probabilities, the Bayes classifier."""
        return float(((self.liked_probability >= 0.5) == self.liked).mean())


Builder = Callable[..., Truth]
"""Takes a folder, and by name a seed and how many users, items and rows."""
