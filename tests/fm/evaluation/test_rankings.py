"""Rankings against sorting every user's items one by one, and fast scores against the model's own."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from scipy.sparse import csr_array

from fm.errors import MetricError
from fm.evaluation.rankings import rank
from fm.evaluation.scorers import FactorScores, PopularityScores, RowScores, Scorer
from fm.evaluation.user_items import UserItems
from fm.folded import Folded
from tests.fm.evaluation.catalogue import ITEMS, USERS, TableScores, model, pairs, rows_of


def best_first(scores: list[float], places: Iterable[int]) -> list[int]:
    return sorted(places, key=lambda place: (-scores[place], place))


@pytest.mark.parametrize("most_scores", [1, 3 * ITEMS, 1 << 20])
@pytest.mark.parametrize("k", [1, 5, ITEMS, ITEMS + 4])
def test_rankings_are_each_users_best_unseen_items(most_scores: int, k: int) -> None:
    rng = np.random.default_rng(0)
    table, seen = rng.integers(0, 6, size=(USERS, ITEMS)).astype(float), pairs(rng, 0.6)
    users = rng.permutation(USERS)[:12].astype(np.int64)
    found = rank(TableScores(table), seen, users, k=k, most_scores=most_scores)
    for user, items in zip(users.tolist(), found.items.tolist(), strict=True):
        unseen = [item for item in range(ITEMS) if user * ITEMS + item not in seen.keys]
        best = best_first(table[user].tolist(), unseen)[:k]
        assert items == best + [-1] * (k - len(best))
    assert found.k == k
    listed = found.items[found.items >= 0].tolist()
    assert found.frequency().tolist() == [listed.count(item) for item in range(ITEMS)]
    assert found.coverage() == len(set(listed)) / ITEMS


def test_a_user_who_has_seen_everything_gets_nothing() -> None:
    seen = UserItems.of([0, 0], [0, 1], n_users=2, n_items=2)
    found = rank(PopularityScores([1, 2]), seen, np.array([0, 1]), k=2)
    assert found.items.tolist() == [[-1, -1], [1, 0]]


def test_columns_of_users_and_items_score_as_the_model_does() -> None:
    rng = np.random.default_rng(1)
    fm = model(rng)
    fast = FactorScores(Folded.of_columns(fm, users=slice(0, USERS), items=slice(USERS, USERS + ITEMS)))
    assert_same_but_for_a_number_per_user(fast, RowScores(model=fm, rows=one_hot_rows, n_items=ITEMS))


def test_users_and_items_with_features_score_as_the_model_does() -> None:
    rng = np.random.default_rng(2)
    of_users, of_items = 5, 6
    user_features = rng.normal(size=(USERS, of_users)) * (rng.random((USERS, of_users)) < 0.6)
    item_features = rng.normal(size=(ITEMS, of_items)) * (rng.random((ITEMS, of_items)) < 0.6)
    user_features[3], item_features[4] = 0, 0
    fm = model(rng, of_users + of_items)

    def rows(user: int) -> csr_array[np.float32, tuple[int, int]]:
        return rows_of(np.hstack([np.tile(user_features[user], (ITEMS, 1)), item_features]))

    users = rows_of(np.hstack([user_features, np.zeros((USERS, of_items))]))
    items = rows_of(np.hstack([np.zeros((ITEMS, of_users)), item_features]))
    fast = FactorScores(Folded.of_rows(fm, users=users, items=items))
    assert_same_but_for_a_number_per_user(fast, RowScores(model=fm, rows=rows, n_items=ITEMS))


def one_hot_rows(user: int) -> csr_array[np.float32, tuple[int, int]]:
    dense = np.zeros((ITEMS, USERS + ITEMS))
    dense[:, user] = 1
    dense[:, USERS:] = np.eye(ITEMS)
    return rows_of(dense)


def assert_same_but_for_a_number_per_user(fast: Scorer, slow: Scorer) -> None:
    users = np.array([3, 0, USERS - 1])
    gaps = fast.scores(users) - slow.scores(users)
    np.testing.assert_allclose(gaps, np.broadcast_to(gaps[:, :1], gaps.shape), atol=2e-5)
    assert np.ptp(slow.scores(users), axis=1).min() > 1


def test_what_cannot_be_ranked_is_named() -> None:
    seen = UserItems.of([], [], n_users=USERS, n_items=ITEMS)
    users = np.arange(2)
    table = np.zeros((USERS, ITEMS))
    with pytest.raises(MetricError, match="k 0"):
        rank(TableScores(table), seen, users, k=0)
    with pytest.raises(MetricError, match="22 items with scores, 23 in all"):
        rank(TableScores(table[:, 1:]), seen, users)
    table[1, 4] = np.nan
    with pytest.raises(MetricError, match="score nan of item 4 for user 1"):
        rank(TableScores(table), seen, users)


def test_a_user_with_too_few_rows_is_named() -> None:
    fm = model(np.random.default_rng(0), 3)
    short = RowScores(model=fm, rows=lambda user: rows_of(np.eye(3)), n_items=4)
    with pytest.raises(MetricError, match="3 rows for user 0, expected one for each of 4 items"):
        short.scores(np.array([0]))
