"""A run's evaluation, as the pieces of its JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm.evaluation.bootstrap import Resampling, intervals
from fm.evaluation.curves import MOST_POINTS, Curves, curves
from fm.evaluation.measures import ClassifierMeasures, Interval, RegressorMeasures, intervals_as_json
from fm.evaluation.ranking_measures import RankingSample, users_with
from fm.evaluation.rankings import Rankings, rank
from fm.evaluation.samples import ClassifierSample, RegressorSample, values
from fm.evaluation.scorers import PopularityScores, Scorer
from fm.evaluation.thresholds import FIXED, Threshold
from fm.evaluation.user_items import UserItems

RELEVANT = "liked in the test channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierEvaluation:
    """A classifier on test rows, at a threshold chosen elsewhere."""

    threshold: Threshold
    measures: ClassifierMeasures
    intervals: Mapping[str, Interval]
    resampling: Resampling
    curves: Curves

    def as_json(self) -> dict[str, Any]:
        """``threshold``, ``metrics``, ``intervals``, ``interval`` and ``curves``."""
        return {
            "threshold": self.threshold.as_json(),
            "metrics": self.measures.as_json(),
            "intervals": intervals_as_json(self.intervals),
            "interval": self.resampling.as_json("rows"),
            "curves": self.curves.as_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressorEvaluation:
    """A regressor on test rows."""

    measures: RegressorMeasures
    intervals: Mapping[str, Interval]
    resampling: Resampling

    def as_json(self) -> dict[str, Any]:
        """``metrics``, ``intervals`` and ``interval``."""
        return {
            "metrics": self.measures.as_json(),
            "intervals": intervals_as_json(self.intervals),
            "interval": self.resampling.as_json("rows"),
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RankingEvaluation:
    """A model's rankings beside those by popularity, for the users with something to find.

    ``sample`` and ``popularity_sample`` are over the same users, so they can be compared pairwise.
    """

    rankings: Rankings
    popularity: Rankings
    sample: RankingSample
    popularity_sample: RankingSample
    train_likes: NDArray[np.int64]
    resampling: Resampling

    def as_json(self) -> dict[str, Any]:
        """The whole ``ranking`` document."""
        return {
            "k": self.rankings.k,
            "users": self.sample.size,
            "relevant": RELEVANT,
            **self._measured(self.rankings, self.sample),
            "popularity": self._measured(self.popularity, self.popularity_sample),
            "frequency": self._frequency(),
        }

    def _measured(self, rankings: Rankings, sample: RankingSample) -> dict[str, Any]:
        found = intervals(sample, self.resampling.generator(), self.resampling)
        return {
            "metrics": {**values(sample), "coverage": rankings.coverage()},
            "intervals": intervals_as_json(found),
        }

    def _frequency(self) -> dict[str, list[int]]:
        """Counts per item, the most liked item first; neighbours are summed where there are more than MOST_POINTS."""
        order = np.argsort(-self.train_likes, kind="stable")
        starts = np.unique(np.linspace(0, order.size, MOST_POINTS, endpoint=False).astype(np.int64))
        columns = {
            "train_likes": self.train_likes,
            "recommended_by_model": self.rankings.frequency(),
            "recommended_by_popularity": self.popularity.frequency(),
        }
        return {name: np.add.reduceat(counts[order], starts).tolist() for name, counts in columns.items()}


def evaluate_classifier(
    labels: ArrayLike, probabilities: ArrayLike, *, threshold: Threshold = FIXED, resampling: Resampling | None = None
) -> ClassifierEvaluation:
    """labels (n,) of 0 and 1, probabilities (n,) of the test rows. Raises MetricError."""
    settings = resampling or Resampling()
    sample = ClassifierSample(labels, probabilities, threshold=threshold.value)
    return ClassifierEvaluation(
        threshold=threshold,
        measures=sample.measures(),
        intervals=intervals(sample, settings.generator(), settings),
        resampling=settings,
        curves=curves(labels, probabilities),
    )


def evaluate_regressor(
    targets: ArrayLike, scores: ArrayLike, *, resampling: Resampling | None = None
) -> RegressorEvaluation:
    """targets (n,) and scores (n,) of the test rows, in the same unit. Raises MetricError."""
    settings = resampling or Resampling()
    sample = RegressorSample(targets, scores)
    found = intervals(sample, settings.generator(), settings)
    return RegressorEvaluation(measures=sample.measures(), intervals=found, resampling=settings)


def evaluate_ranking(
    scorer: Scorer,
    *,
    seen: UserItems,
    liked: UserItems,
    train_likes: NDArray[np.int64],
    popularity: NDArray[np.int64],
    k: int = 10,
    resampling: Resampling | None = None,
) -> RankingEvaluation:
    """How well ``scorer`` finds what users liked in the test among all that they have not seen.

    seen: rated in training or validation, which no list holds. liked: in the test; what of it is seen too is left out,
    and users without any. train_likes: (n_items,) how many liked each item in training. popularity: (n_items,) what the
    popularity ranking goes by; on ml-100k the number of ratings is a stronger opponent than that of likes (NDCG@10
    0.133 against 0.127). Raises MetricError.
    """
    relevant = liked.without(seen)
    users = users_with(relevant)
    rankings = rank(scorer, seen, users, k=k)
    by_popularity = rank(PopularityScores(popularity), seen, users, k=k)
    return RankingEvaluation(
        rankings=rankings,
        popularity=by_popularity,
        sample=RankingSample(rankings, relevant, train_likes),
        popularity_sample=RankingSample(by_popularity, relevant, train_likes),
        train_likes=train_likes,
        resampling=resampling or Resampling(),
    )
