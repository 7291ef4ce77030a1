"""How well the ranking model finds what users liked in the test among all that they have not rated, beside popularity.

Ranking everybody of a large dataset takes longer than a function may: above MOST_SCORES a sample of users stands for
all, and only of them is remembered what they have rated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fm.evaluation.bootstrap import Resampling
from fm.evaluation.comparison import Comparison, compare
from fm.evaluation.documents import RankingEvaluation
from fm.evaluation.ranking_measures import users_with
from fm.evaluation.user_items import UserItems
from lambdas.logic.channels import Ratings
from prep.feature_space import FeatureSpace
from prep.labels import LabelRule

K = 10
MEASURE = f"ndcg@{K}"
"""What the gate goes by."""
MOST_SCORES = 2_000_000_000
"""Of users times items: 34,000 users with ml-25m's 59,000 movies. A score takes 31 ns on two busy cores, by model
and popularity together, so that these take a minute there, and a few in a function."""
SEED = 0
_FREQUENCY = "frequency"


class OtherIds(ValueError):
    """The ranking model was prepared for other users or items than the ratings it is tested on."""


def check_same_ids(space: FeatureSpace, ranking: FeatureSpace) -> None:
    """Raises OtherIds: positions of one space would mean others in the other."""
    for name in ("users", "items"):
        ours, theirs = getattr(space, name), getattr(ranking, name)
        if not np.array_equal(ours, theirs):
            raise OtherIds(f"{len(theirs)} {name} of the ranking model, expected the {len(ours)} of the test ratings")


def is_liked(ratings: Ratings, rule: LabelRule) -> NDArray[np.bool_]:
    """Which ratings are likes, (n,): labelled 1, of a regressor those from the cut on."""
    return ratings.labels >= np.float32(rule.cut if rule.task == "regressor" else 1)


def sampled(users: NDArray[np.int64], n_items: int) -> NDArray[np.int64]:
    """The users to rank for, ascending: these (n,), or as many of them as fit, drawn with SEED."""
    most = max(1, MOST_SCORES // n_items)
    if users.size <= most:
        return users
    return np.sort(np.random.default_rng(SEED).choice(users, most, replace=False, shuffle=False))


class Liked:
    """What users liked in the test. users: those to rank for (n,), out of ``of``; pairs: what they liked."""

    def __init__(self, test: Ratings, rule: LabelRule, space: FeatureSpace) -> None:
        is_like = is_liked(test, rule)
        self._sizes = {"n_users": len(space.users), "n_items": len(space.items)}
        whole = UserItems.of(test.users[is_like], test.items[is_like], **self._sizes)
        eligible = users_with(whole)
        self.of = int(eligible.size)
        self.users = sampled(eligible, whole.n_items)
        self.pairs = UserItems(keys=whole.keys[np.isin(whole.keys // whole.n_items, self.users)], **self._sizes)

    @property
    def is_sample(self) -> bool:
        """Whether some users stand for all."""
        return self.users.size < self.of


class Past:
    """What was rated before the test: how often each item was, and which items by the users to rank for."""

    def __init__(self, users: NDArray[np.int64], space: FeatureSpace) -> None:
        self._sizes = {"n_users": len(space.users), "n_items": len(space.items)}
        self._is_wanted = np.zeros(len(space.users), np.bool_)
        self._is_wanted[users] = True
        self._keys = [np.empty(0, np.int64)]
        self.ratings = np.zeros(len(space.items), np.int64)
        self.likes = np.zeros(len(space.items), np.int64)

    def add_train(self, part: Ratings, rule: LabelRule) -> None:
        """Ratings that were learnt from."""
        self.ratings += np.bincount(part.items, minlength=self.ratings.size)
        self.likes += np.bincount(part.items[is_liked(part, rule)], minlength=self.likes.size)
        self.add_seen(part)

    def add_seen(self, part: Ratings) -> None:
        """Ratings that no list may repeat, and nothing else is known by."""
        wanted = self._is_wanted[part.users]
        self._keys.append(part.users[wanted].astype(np.int64) * self.ratings.size + part.items[wanted])

    def seen(self) -> UserItems:
        """By the users to rank for."""
        return UserItems(keys=np.unique(np.concatenate(self._keys)), **self._sizes)


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """The evaluation, and the comparison that the gate goes by."""

    evaluation: RankingEvaluation
    liked: Liked

    def comparison(self) -> Comparison:
        """The model's lists as challenger of popularity's, user by user."""
        settings, pair = Resampling(), (self.evaluation.popularity_sample, self.evaluation.sample)
        return compare(*pair, MEASURE, settings.generator(), settings)

    def users(self) -> str:
        """Whom the measures are of, in words."""
        users = f"{self.evaluation.sample.size:,} users"
        return f"{users} of {self.liked.of:,}, drawn with seed {SEED}" if self.liked.is_sample else users

    def document(self, gate: dict[str, Any]) -> dict[str, Any]:
        """The whole ``ranking`` document."""
        document = self.evaluation.as_json()
        popularity = {"by": "ratings in training", **document["popularity"]}
        sample = {"of": self.liked.of, "seed": SEED} if self.liked.is_sample else None
        return {**document, "popularity": popularity, "sampled": sample, "gate": gate}


def small(document: dict[str, Any]) -> dict[str, Any]:
    """What the state machine remembers of the document: all but the counts by item."""
    return {name: value for name, value in document.items() if name != _FREQUENCY}
