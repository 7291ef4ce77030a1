"""The pieces of the evaluation's document: their keys, and that every number in them is one of JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from fm.evaluation.bootstrap import Resampling
from fm.evaluation.curves import MOST_POINTS
from fm.evaluation.documents import evaluate_classifier, evaluate_ranking, evaluate_regressor
from fm.evaluation.thresholds import choose_threshold
from fm.evaluation.user_items import UserItems
from tests.fm.evaluation.catalogue import ITEMS, USERS, TableScores, pairs

QUICK = Resampling(resamples=50, seed=3)
METRICS = {"accuracy", "balanced_accuracy", "cross_entropy", "brier", "f1", "precision", "recall", "auc", "pr_auc"}
RANKING = {"precision@10", "recall@10", "ndcg@10", "map@10", "novelty"}


def through_json(document: dict[str, Any]) -> dict[str, Any]:
    found = json.loads(json.dumps(document, allow_nan=False))
    assert found == document
    return dict(found)


def lists_in(document: Any) -> list[list[Any]]:
    if isinstance(document, list):
        return [document]
    return [found for value in document.values() for found in lists_in(value)] if isinstance(document, dict) else []


def test_a_classifiers_document() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(3000).astype(np.float32)
    y = (rng.random(3000) < p).astype(np.float32)
    threshold = choose_threshold(y[:1000], p[:1000], "f1")
    document = through_json(evaluate_classifier(y, p, threshold=threshold, resampling=QUICK).as_json())
    assert set(document) == {"threshold", "metrics", "intervals", "interval", "curves"}
    assert set(document["metrics"]) == METRICS | {"threshold", "rows", "positives"}
    assert set(document["intervals"]) == METRICS
    assert document["interval"] == {"level": 0.95, "resamples": 50, "seed": 3, "unit": "rows"}
    assert document["threshold"] == threshold.as_json()
    assert document["metrics"]["threshold"] == threshold.value
    assert {name: set(curve) for name, curve in document["curves"].items() if name != "calibration"} == {
        "roc": {"false_positive_rate", "true_positive_rate", "threshold"},
        "precision_recall": {"recall", "precision", "threshold"},
        "thresholds": {"threshold", "accuracy", "f1", "precision", "recall"},
        "scores": {"edges", "positives", "negatives"},
    }
    bins = document["curves"]["calibration"]
    assert all(set(found) == {"low", "high", "rows", "mean_probability", "share_positive"} for found in bins)
    assert max(len(found) for found in lists_in(document)) <= MOST_POINTS
    assert all(low <= document["metrics"][name] <= high for name, (low, high) in document["intervals"].items())


def test_a_regressors_document() -> None:
    rng = np.random.default_rng(1)
    targets = rng.normal(size=200)
    document = through_json(evaluate_regressor(targets, targets + rng.normal(size=200), resampling=QUICK).as_json())
    assert set(document) == {"metrics", "intervals", "interval"}
    assert set(document["metrics"]) == {"rmse", "mse", "mae", "rows"}
    assert set(document["intervals"]) == {"rmse", "mse", "mae"}


def test_a_rankings_document() -> None:
    rng = np.random.default_rng(2)
    seen, liked = pairs(rng, 0.2), pairs(rng, 0.3)
    likes, ratings = rng.integers(0, 50, ITEMS), rng.integers(50, 99, ITEMS)
    scorer = TableScores(rng.normal(size=(USERS, ITEMS)))
    evaluated = evaluate_ranking(
        scorer, seen=seen, liked=liked, train_likes=likes, popularity=ratings, resampling=QUICK
    )
    document = through_json(evaluated.as_json())
    assert set(document) == {"k", "users", "relevant", "metrics", "intervals", "popularity", "frequency"}
    assert (document["k"], document["relevant"]) == (10, "liked in the test channel")
    assert document["users"] == sum(1 for user in liked.without(seen).per_user() if user)
    for part in (document, document["popularity"]):
        assert set(part["metrics"]) == RANKING | {"coverage"}
        assert set(part["intervals"]) == RANKING
        assert all(low <= part["metrics"][name] <= high for name, (low, high) in part["intervals"].items())
    order = np.argsort(-likes, kind="stable")
    assert document["frequency"] == {
        "train_likes": likes[order].tolist(),
        "recommended_by_model": evaluated.rankings.frequency()[order].tolist(),
        "recommended_by_popularity": evaluated.popularity.frequency()[order].tolist(),
    }
    best_rated = int(np.argmax(ratings))
    without_it = np.count_nonzero(~seen.contains(evaluated.popularity.users, np.array(best_rated)))
    assert evaluated.popularity.frequency()[best_rated] == without_it


def test_nobody_is_asked_to_find_what_was_seen() -> None:
    seen = UserItems.of([0, 1, 2], [0, 1, 2], n_users=3, n_items=4)
    liked = UserItems.of([0, 0, 1], [0, 1, 1], n_users=3, n_items=4)
    likes = np.ones(4, dtype=np.int64)
    scorer = TableScores(np.tile([0.0, 3, 2, 1], (3, 1)))
    found = evaluate_ranking(scorer, seen=seen, liked=liked, train_likes=likes, popularity=likes, k=1, resampling=QUICK)
    assert found.as_json()["users"] == 1
    assert found.as_json()["metrics"]["recall@1"] == 1


@pytest.mark.parametrize("n_items", [MOST_POINTS, MOST_POINTS + 1, 3000])
def test_a_long_catalogue_is_summed_in_bins(n_items: int) -> None:
    rng = np.random.default_rng(3)
    likes = rng.integers(0, 100, n_items)
    liked = UserItems.of([0, 1], [5, 6], n_users=2, n_items=n_items)
    nothing = UserItems.of([], [], n_users=2, n_items=n_items)
    scorer = TableScores(rng.normal(size=(2, n_items)))
    evaluated = evaluate_ranking(
        scorer, seen=nothing, liked=liked, train_likes=likes, popularity=likes, resampling=QUICK
    )
    frequency = evaluated.as_json()["frequency"]
    assert [len(counts) for counts in frequency.values()] == [MOST_POINTS] * 3
    assert sum(frequency["train_likes"]) == likes.sum()
    assert sum(frequency["recommended_by_model"]) == sum(frequency["recommended_by_popularity"]) == 20
    assert frequency["recommended_by_popularity"][-1] == 0
    most = sorted(likes.tolist(), reverse=True)
    assert frequency["train_likes"][0] == sum(most[: n_items // MOST_POINTS])
