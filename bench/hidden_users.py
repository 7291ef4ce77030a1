"""What a ranking model finds for users it was trained with, and for the same folded into one that never saw them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.train_rows import read_channel
from fm.evaluation.documents import RankingEvaluation, evaluate_ranking
from fm.evaluation.samples import values
from fm.evaluation.scorers import FactorScores
from fm.evaluation.user_items import UserItems
from fm.fold_in import ItemPrior, fold_in
from fm.folded import Folded
from fm.hyperparameters import Hyperparameters, parse
from fm.model import FactorizationMachine
from fm.trainer import train_on
from fm.training_data import Pairs
from lambdas.logic.presets import RANKING
from prep import keys
from prep.feature_space import FeatureSpace
from prep.job import PrepareJob
from prep.labels import LabelRule
from prep.prepare import prepare
from prep.sinks import FolderSink
from prep.sources import Source
from prep.split_rule import SplitRule

FEW: Final = 3
"""Likes of somebody who has just come."""
_HIDDEN: Final = 10
"""One of so many users is hidden."""
_MEASURE: Final = "ndcg@10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """NDCG@10 of the hidden users with something to find: by the model ``trained`` with them, ``folded`` into the other
    one with all their training ratings, with a ``few`` likes alone, and by ``popularity`` among the others.
    """

    trained: float
    folded: float
    few: float
    popularity: float


@dataclass(frozen=True, slots=True, eq=False)
class _Rated:
    """Ratings by position, and whether each is a like: (n,) each."""

    users: NDArray[np.int64]
    items: NDArray[np.int64]
    is_like: NDArray[np.bool_]


class HiddenUsers:
    """A random tenth of a dataset's users, with the given split ``ua``.

    seed: of the choice of users, of the order of the training rows and of the initial parameters. scratch: an empty
    folder. Raises PrepError.
    """

    def __init__(self, source: Source, scratch: Path, *, seed: int) -> None:
        self._seed = seed
        split = SplitRule(kind="given", name="ua", seed=seed)
        for task in ("ranking", "binary_classifier"):
            job = PrepareJob(split=split, label=LabelRule(task=task))
            prepare(source, job, FolderSink(scratch / task))
        space = FeatureSpace.from_json((scratch / "ranking" / keys.FEATURE_SPACE).read_bytes())
        self._sizes = {"n_users": len(space.users), "n_items": len(space.items)}
        given = {"feature_dim": str(space.feature_dim), "predictor_type": "binary_classifier"}
        self._settings: Hyperparameters = parse(RANKING.hyperparameters | given)
        self._rows = read_channel(scratch / "ranking", "train", self._settings)
        self._train, self._test = (self._rated(scratch, channel) for channel in ("train", "test"))

    def found(self) -> Found:
        """Trains two models."""
        rng = np.random.default_rng(self._seed)
        n_users = self._sizes["n_users"]
        hidden = np.sort(rng.choice(n_users, n_users // _HIDDEN, replace=False))
        whole = self._trained(self._rows)
        blind = self._trained(_without(self._rows, hidden))
        prior = ItemPrior.of(blind, np.setdiff1d(np.arange(n_users), hidden))
        trained = self._evaluated(whole, hidden)
        return Found(
            trained=values(trained.sample)[_MEASURE],
            folded=values(self._evaluated(self._folded(blind, prior, hidden), hidden).sample)[_MEASURE],
            few=values(self._evaluated(self._folded(blind, prior, hidden, few=rng), hidden).sample)[_MEASURE],
            popularity=values(trained.popularity_sample)[_MEASURE],
        )

    def _rated(self, scratch: Path, channel: str) -> _Rated:
        rows = read_channel(scratch / "binary_classifier", channel, self._settings)
        users, columns = rows.first.astype(np.int64), rows.second.astype(np.int64)
        return _Rated(users, columns - self._sizes["n_users"], rows.labels == 1)

    def _trained(self, rows: Pairs) -> Folded:
        model: FactorizationMachine = train_on(rows, self._settings, np.random.default_rng(self._seed))
        n_users = self._sizes["n_users"]
        return Folded.of_columns(model, users=slice(0, n_users), items=slice(n_users, model.n_features))

    def _folded(
        self, blind: Folded, prior: ItemPrior, hidden: NDArray[np.int64], *, few: np.random.Generator | None = None
    ) -> Folded:
        """With the hidden users' vectors from their training ratings; what is no like counts as disliked.

        few: draws FEW of the likes, and nothing is disliked.
        """
        users = blind.users.copy()
        for user in hidden.tolist():
            is_own = self._train.users == user
            liked = self._train.items[is_own & self._train.is_like]
            disliked = self._train.items[is_own & ~self._train.is_like]
            if few is not None:
                liked, disliked = few.permutation(liked)[:FEW], disliked[:0]
            if liked.size or disliked.size:
                users[user] = fold_in(blind, liked, disliked, prior=prior).vector
            else:
                users[user] = prior.mean[:-1]
        return replace(blind, users=users)

    def _evaluated(self, folded: Folded, hidden: NDArray[np.int64]) -> RankingEvaluation:
        train, test = self._train, self._test
        is_wanted, is_visible = test.is_like & np.isin(test.users, hidden), ~np.isin(train.users, hidden)
        n_items = self._sizes["n_items"]
        return evaluate_ranking(
            FactorScores(folded),
            seen=UserItems.of(train.users, train.items, **self._sizes),
            liked=UserItems.of(test.users[is_wanted], test.items[is_wanted], **self._sizes),
            train_likes=np.bincount(train.items[is_visible & train.is_like], minlength=n_items),
            popularity=np.bincount(train.items[is_visible], minlength=n_items),
        )


def _without(rows: Pairs, users: NDArray[np.int64]) -> Pairs:
    is_kept = ~np.isin(rows.first, users)
    return Pairs(rows.first[is_kept], rows.second[is_kept], rows.labels[is_kept], rows.n_columns)
