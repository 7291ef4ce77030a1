"""The planted model: who likes what, who sees what, and the stars they give.

Stars follow an ordered logit: a rating is r or more with probability sigmoid(appeal − threshold of r), where

    appeal(u, i) = user bias + item bias + Σ_f strength_f · user taste_f · item taste_f

So "4 stars or more" is exactly a factorization machine's binary classifier, and its planted probability is the best any
model can know. The strengths were chosen so that SageMaker's default learning rates come near that in 50 epochs: the
default linear decay holds biases back, so they are kept small, and one taste dominates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prep.inputs import GENRES
from prep.tables import Ratings

LIKED_AT_LEAST: Final = 4.0
THRESHOLDS: Final = np.array([-2.5, -1.4, 0.55, 2.55])  # of 2, 3, 4 and 5 stars
STRENGTHS: Final = np.array([1.7, 0.2])
USER_BIAS_SIGMA: Final = 0.15
ITEM_BIAS_SIGMA: Final = 0.25
SEEKS_WHAT_IT_LIKES: Final = 0.6
POPULARITY_OFFSET: Final = 30  # share of an item ~ 1 / (rank + 30): a long tail, as in ml-100k
ACTIVITY_SIGMA: Final = 0.8
FIRST_SECOND, LAST_SECOND = 874_724_710, 893_286_638  # the months ml-100k was collected in, 1997-09 to 1998-04
VISIT_S: Final = 3 * 24 * 3600


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """Ids are 1-based, row 0 belongs to id 1.

    user_bias, item_bias, popularity: float64 (users,), (items,), (items,).
    user_taste, item_taste: float64 (users, 2), (items, 2).
    """

    user_bias: NDArray[np.float64]
    item_bias: NDArray[np.float64]
    user_taste: NDArray[np.float64]
    item_taste: NDArray[np.float64]
    popularity: NDArray[np.float64]

    def appeal(self, users: NDArray[np.int64], items: NDArray[np.int64]) -> NDArray[np.float64]:
        """Appeal of item to user, pair by pair; ids int64 (n,) → (n,)."""
        u, i = users - 1, items - 1
        taste = (self.user_taste[u] * self.item_taste[i]) @ STRENGTHS
        return self.user_bias[u] + self.item_bias[i] + np.asarray(taste, dtype=np.float64)

    def liked_probability(self, users: NDArray[np.int64], items: NDArray[np.int64]) -> NDArray[np.float64]:
        """Probability of 4 stars or more; ids int64 (n,) → (n,)."""
        return _sigmoid(self.appeal(users, items) - THRESHOLDS[2])


def plant_genres(rng: np.random.Generator, items: int) -> NDArray[np.bool_]:
    """One to three genres each, never ``unknown``; bool (items, 19)."""
    how_many = rng.choice([1, 2, 3], size=items, p=[0.5, 0.35, 0.15])
    weight = rng.gumbel(size=(items, len(GENRES))) + np.log(rng.uniform(0.2, 1.0, len(GENRES)))
    weight[:, GENRES.index("unknown")] = -np.inf
    rank = np.argsort(np.argsort(-weight, axis=1), axis=1)
    return np.asarray(rank < how_many[:, None])


def plant(rng: np.random.Generator, *, users: int, genres: NDArray[np.bool_]) -> Planted:
    """Draw biases, tastes and popularity.

    Films of a genre share part of their taste, and popular films are a little better.
    """
    items = len(genres)
    popularity = -np.log(rng.permutation(items) + 1.0 + POPULARITY_OFFSET)
    genre_taste = rng.normal(size=(genres.shape[1], len(STRENGTHS)))
    shared = genres @ genre_taste / np.sqrt(genres.sum(axis=1, keepdims=True))
    return Planted(
        user_bias=rng.normal(0, USER_BIAS_SIGMA, users),
        item_bias=rng.normal(0, ITEM_BIAS_SIGMA, items) + ITEM_BIAS_SIGMA * _standardised(popularity),
        user_taste=_standardised(rng.normal(size=(users, len(STRENGTHS)))),
        item_taste=_standardised(0.6 * shared + 0.8 * rng.normal(size=(items, len(STRENGTHS)))),
        popularity=popularity,
    )


def draw_pairs(
    rng: np.random.Generator, planted: Planted, *, ratings: int, fewest: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who rated what, without repeats: (users, items), int64 (ratings,) each, ordered by user.

    Each user's items are the first few of a ranking by popularity, appeal and Gumbel noise, which is sampling without
    replacement (Efraimidis and Spirakis 2006).
    """
    users, items = len(planted.user_bias), len(planted.item_bias)
    counts = _activity(rng, users=users, ratings=ratings, fewest=fewest, most=items * 6 // 10)
    taste = (planted.user_taste * STRENGTHS) @ planted.item_taste.T
    keys = rng.gumbel(size=(users, items)) + planted.popularity + SEEKS_WHAT_IT_LIKES * (taste + planted.item_bias)
    ranked = np.argsort(-keys, axis=1)
    is_seen = np.arange(items) < counts[:, None]
    return np.repeat(np.arange(1, users + 1), counts), ranked[is_seen] + 1


def draw_ratings(
    rng: np.random.Generator, planted: Planted, users: NDArray[np.int64], items: NDArray[np.int64]
) -> Ratings:
    """Stars 1 to 5 and times for these pairs."""
    felt = planted.appeal(users, items) + rng.logistic(size=len(users))
    stars = 1 + (felt[:, None] > THRESHOLDS).sum(axis=1)
    visit = rng.integers(FIRST_SECOND, LAST_SECOND - VISIT_S, size=len(planted.user_bias))
    seconds = visit[users - 1] + rng.integers(0, VISIT_S, size=len(users))
    return Ratings(users, items, stars.astype(np.float32), seconds)


def _activity(rng: np.random.Generator, *, users: int, ratings: int, fewest: int, most: int) -> NDArray[np.int64]:
    """Ratings per user, log-normal above ``fewest``, that sum to ``ratings``; int64 (users,)."""
    weight = np.exp(rng.normal(0, ACTIVITY_SIGMA, users))
    counts = np.full(users, fewest, dtype=np.int64)
    while (left := ratings - int(counts.sum())) > 0:
        room = most - counts
        open_weight = weight * (room > 0)
        share = np.floor(left * open_weight / open_weight.sum()).astype(np.int64)
        if not share.any():
            share[np.flatnonzero(room > 0)[:left]] = 1
        counts += np.minimum(share, room)
    return counts


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0), dtype=np.float64)


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-x)), dtype=np.float64)
