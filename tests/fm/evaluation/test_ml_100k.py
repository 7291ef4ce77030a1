"""Baselines on the real data, ua.base and ua.test, against figures that were computed apart from this code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fm.evaluation.bias_only import fit_like_biases, fit_rating_biases
from fm.evaluation.documents import RankingEvaluation, evaluate_ranking
from fm.evaluation.samples import ClassifierSample, RegressorSample
from fm.evaluation.scorers import PopularityScores
from fm.evaluation.user_items import UserItems

SIZES = {"n_users": 943, "n_items": 1682}
Ratings = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def ratings_in(path: Path) -> Ratings:
    users, items, ratings = np.loadtxt(path, dtype=np.int64, usecols=(0, 1, 2), unpack=True)
    return users - 1, items - 1, ratings


def by_count(train: Ratings, test: Ratings, *, likes_only: bool) -> RankingEvaluation:
    users, items, ratings = train
    likes = np.bincount(items[ratings >= 4], minlength=SIZES["n_items"])
    counts = likes if likes_only else np.bincount(items, minlength=SIZES["n_items"])
    is_liked = test[2] >= 4
    return evaluate_ranking(
        PopularityScores(counts),
        seen=UserItems.of(users, items, **SIZES),
        liked=UserItems.of(test[0][is_liked], test[1][is_liked], **SIZES),
        train_likes=likes,
        popularity=counts,
    )


def test_popularity_ranks_as_well_as_was_measured(ml_100k: Path) -> None:
    """Counting ratings; counting likes alone is the weaker opponent."""
    train, test = ratings_in(ml_100k / "ua.base"), ratings_in(ml_100k / "ua.test")
    document = by_count(train, test, likes_only=False).as_json()
    assert document["users"] == 934
    assert document["metrics"] == document["popularity"]["metrics"]
    assert document["metrics"]["precision@10"] == pytest.approx(0.0836, abs=0.0002)
    assert document["metrics"]["ndcg@10"] == pytest.approx(0.1333, abs=0.0002)
    assert document["metrics"]["recall@10"] == pytest.approx(0.150, abs=0.0005)
    low, high = document["intervals"]["ndcg@10"]
    assert 0.015 < high - low < 0.03
    by_likes = by_count(train, test, likes_only=True).as_json()
    assert by_likes["metrics"]["ndcg@10"] == pytest.approx(0.1270, abs=0.0002)


def test_biases_alone_reach_an_accuracy_of_70_percent(ml_100k: Path) -> None:
    users, items, ratings = ratings_in(ml_100k / "ua.base")
    test_users, test_items, test_ratings = ratings_in(ml_100k / "ua.test")
    likes = fit_like_biases(users, items, ratings >= 4, **SIZES)
    sample = ClassifierSample(test_ratings >= 4, likes.probability(test_users, test_items))
    measured = sample.measures()
    assert measured.accuracy == pytest.approx(0.70, abs=0.01)
    assert measured.cross_entropy < 0.58
    assert measured.auc > 0.75
    stars = fit_rating_biases(users, items, ratings, **SIZES)
    of_stars = RegressorSample(test_ratings, stars.score(test_users, test_items)).measures()
    mean = RegressorSample(test_ratings, np.full(test_ratings.size, ratings.mean())).measures()
    assert of_stars.rmse < 0.97
    assert mean.rmse > 1.05
