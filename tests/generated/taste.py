"""Ratings drawn from ``prep.sample``'s planted tastes, before they have ids and a format."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prep.sample.model import draw_pairs, draw_ratings, plant, plant_genres

FEWEST_PER_USER = 20


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """One row per rating, in order of user. user, item: int64 (rows,), from 0. genres: bool (items, 18)."""

    user: NDArray[np.int64]
    item: NDArray[np.int64]
    values: NDArray[np.float32]
    times: NDArray[np.int64]
    liked_probability: NDArray[np.float64]
    genres: NDArray[np.bool_]

    def take(self, order: NDArray[np.intp]) -> Drawn:
        """The rows in another order."""
        return Drawn(
            self.user[order],
            self.item[order],
            self.values[order],
            self.times[order],
            self.liked_probability[order],
            self.genres,
        )

    def by_user_and_item(self) -> Drawn:
        """As MovieLens from 10M on sorts its ratings."""
        return self.take(np.lexsort((self.item, self.user)))


def draw(rng: np.random.Generator, *, users: int, items: int, rows: int, halves: bool) -> Drawn:
    """rows: 20 to 60 % of the items for each user. halves: half stars too, on the same side of 4 as whole ones."""
    genres = plant_genres(rng, items)
    planted = plant(rng, users=users, genres=genres)
    pairs = draw_pairs(rng, planted, ratings=rows, fewest=FEWEST_PER_USER)
    drawn = draw_ratings(rng, planted, *pairs)
    values = drawn.values
    if halves:
        up, down = rng.integers(0, 2, size=(2, rows)) / 2
        values = values + np.where((values == 3) | (values == 4), up, 0) - np.where(values < 4, down, 0)
    chance = planted.liked_probability(*pairs)
    named_genres = genres[:, 1:]  # the first is ml-100k's "unknown", which is never drawn
    return Drawn(pairs[0] - 1, pairs[1] - 1, values.astype(np.float32), drawn.timestamps, chance, named_genres)


def ids_with_gaps(rng: np.random.Generator, count: int, *, largest: int) -> NDArray[np.int64]:
    """Ascending ids from 1 to ``largest``, both of which are among them; int64 (count,)."""
    between = rng.choice(np.arange(2, largest), size=count - 2, replace=False)
    return np.sort(np.concatenate([[1, largest], between])).astype(np.int64)
