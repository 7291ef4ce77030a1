"""Ranking measures against their definitions, user by user and place by place."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sklearn.metrics as oracle

from fm.errors import MetricError
from fm.evaluation.ranking_measures import RankingSample, users_with
from fm.evaluation.rankings import Rankings, rank
from fm.evaluation.samples import values
from fm.evaluation.user_items import UserItems
from tests.fm.evaluation.catalogue import ITEMS, USERS, TableScores, pairs

K = 6


def slowly(items: list[int], relevant: set[int], likes: list[int], k: int) -> list[float]:
    hits = [item in relevant for item in items]
    dcg = sum(1 / math.log2(2 + at) for at, hit in enumerate(hits) if hit)
    best = sum(1 / math.log2(2 + at) for at in range(min(k, len(relevant))))
    precisions = [sum(hits[: at + 1]) / (at + 1) for at, hit in enumerate(hits) if hit]
    bits = [-math.log2(max(likes[item], 1) / sum(likes)) for item in items]
    return [
        sum(hits) / k,
        sum(hits) / len(relevant),
        dcg / best,
        sum(precisions) / min(k, len(relevant)),
        sum(bits) / len(bits),
    ]


@pytest.mark.parametrize(("seed", "share_seen"), [(0, 0.2), (1, 0.8)])
def test_measures_are_their_definitions(seed: int, share_seen: float) -> None:
    rng = np.random.default_rng(seed)
    seen = pairs(rng, share_seen)
    relevant = pairs(rng, 0.3).without(seen)
    likes = rng.integers(0, 40, ITEMS)
    likes[:2] = 0
    users = users_with(relevant)
    rankings = rank(TableScores(rng.normal(size=(USERS, ITEMS))), seen, users, k=K)
    expected = []
    for user, items in zip(users.tolist(), rankings.items.tolist(), strict=True):
        liked = {item for item in range(ITEMS) if user * ITEMS + item in relevant.keys}
        expected.append(slowly([item for item in items if item >= 0], liked, likes.tolist(), K))
    sample = RankingSample(rankings, relevant, likes)
    names = ["precision@6", "recall@6", "ndcg@6", "map@6", "novelty"]
    assert values(sample) == pytest.approx(dict(zip(names, np.mean(expected, axis=0), strict=True)))
    weights = rng.integers(0, 3, len(users)).astype(float)
    weighted = sample.measured(weights[None], ("ndcg@6", "novelty"))
    assert weighted["ndcg@6"][0] == pytest.approx(np.average(np.array(expected)[:, 2], weights=weights))
    some = np.array([0, 0, len(users) - 1])
    assert values(sample.take(some))["map@6"] == pytest.approx(np.mean(np.array(expected)[some, 3]))


def test_ndcg_is_scikit_learns() -> None:
    rng = np.random.default_rng(3)
    nothing, relevant = UserItems.of([], [], n_users=USERS, n_items=ITEMS), pairs(rng, 0.4)
    table = rng.normal(size=(USERS, ITEMS))
    users = users_with(relevant)
    sample = RankingSample(rank(TableScores(table), nothing, users, k=K), relevant, np.ones(ITEMS, dtype=np.int64))
    gains = relevant.contains(users[:, None], np.arange(ITEMS)[None, :])
    assert values(sample)["ndcg@6"] == pytest.approx(oracle.ndcg_score(gains, table[users], k=K))


def test_perfect_rankings_have_full_marks_and_the_worst_none() -> None:
    rng = np.random.default_rng(4)
    nothing, relevant = UserItems.of([], [], n_users=USERS, n_items=ITEMS), pairs(rng, 0.1)
    users = users_with(relevant)
    truth = relevant.contains(np.arange(USERS)[:, None], np.arange(ITEMS)[None, :]).astype(float)
    likes = np.ones(ITEMS, dtype=np.int64)
    best = values(RankingSample(rank(TableScores(truth), nothing, users, k=K), relevant, likes))
    worst = values(RankingSample(rank(TableScores(-truth), nothing, users, k=K), relevant, likes))
    assert [best["ndcg@6"], best["map@6"], best["recall@6"]] == pytest.approx([1, 1, 1])
    assert [worst["ndcg@6"], worst["map@6"], worst["recall@6"]] == [0, 0, 0]
    assert best["novelty"] == pytest.approx(math.log2(ITEMS))


def test_what_has_no_measure_is_named() -> None:
    relevant = UserItems.of([0], [0], n_users=2, n_items=3)
    likes = np.ones(3, dtype=np.int64)

    def of(users: list[int]) -> Rankings:
        return Rankings(users=np.array(users, dtype=np.int64), items=np.zeros((len(users), 1), np.int64), n_items=3)

    with pytest.raises(MetricError, match="no relevant item for user 1"):
        RankingSample(of([0, 1]), relevant, likes)
    with pytest.raises(MetricError, match="no user to rank for"):
        RankingSample(of([]), relevant, likes)
    with pytest.raises(MetricError, match=r"train likes of shape \(2,\), expected one count for each of 3"):
        RankingSample(of([0]), relevant, likes[:2])
