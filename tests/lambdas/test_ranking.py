"""Whom lists are made for, and what they must not repeat."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lambdas.logic.ranking
from lambdas.logic.channels import Ratings
from lambdas.logic.ranking import Liked, OtherIds, Past, check_same_ids, is_liked, sampled
from prep.feature_space import FeatureSpace
from prep.labels import LabelRule

SPACE = FeatureSpace.of(users=range(6), items=range(4))
LIKE = LabelRule()
Rated = list[tuple[int, int, float]]
RATED = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.sampled_from([0.0, 1.0])), max_size=20)


def _ratings(rows: Rated) -> Ratings:
    users, items, labels = np.array(rows).reshape(-1, 3).T
    return Ratings(users.astype(np.int32), items.astype(np.int32), labels.astype(np.float32))


def _pairs(found: object) -> set[tuple[int, int]]:
    return {divmod(key, 4) for key in found.keys.tolist()}  # type: ignore[attr-defined]


@given(RATED, st.lists(RATED, max_size=3), RATED)
def test_likes_and_history_are_those_of_the_rows(test: Rated, train: list[Rated], kept: Rated) -> None:
    liked = Liked(_ratings(test), LIKE, SPACE)
    assert _pairs(liked.pairs) == {(user, item) for user, item, label in test if label}
    assert liked.users.tolist() == sorted({user for user, _, label in test if label})
    assert (liked.of, liked.is_sample) == (len(liked.users), False)
    past = Past(liked.users, SPACE)
    for part in train:
        past.add_train(_ratings(part), LIKE)
    past.add_seen(_ratings(kept))
    trained = [row for part in train for row in part]
    wanted = set(liked.users.tolist())
    assert _pairs(past.seen()) == {(user, item) for user, item, _ in trained + kept if user in wanted}
    assert past.ratings.tolist() == [sum(item == of for _, of, _ in trained) for item in range(4)]
    assert past.likes.tolist() == [sum(item == of and bool(label) for _, of, label in trained) for item in range(4)]


def test_a_regressors_likes_are_ratings_from_the_cut_on() -> None:
    stars = Ratings(np.zeros(4, np.int32), np.arange(4, dtype=np.int32), np.array([3, 3.5, 4, 5], np.float32))
    assert is_liked(stars, LabelRule(task="regressor", liked_at_least=3.5)).tolist() == [False, True, True, True]
    labels = Ratings(stars.users, stars.items, np.array([0, 1, 1, 0], np.float32))
    assert is_liked(labels, LabelRule(task="ordinal")).tolist() == [False, True, True, False]


def test_above_the_bound_some_users_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambdas.logic.ranking, "MOST_SCORES", 1000)
    users = np.arange(5, 505)
    drawn = sampled(users, 10)
    assert drawn.size == 100
    assert set(drawn.tolist()) < set(users.tolist())
    assert drawn.tolist() == sorted(set(drawn.tolist())) == sampled(users, 10).tolist()
    assert abs(drawn.mean() - users.mean()) < 5 * users.std() / 10, "from anywhere among them"
    assert sampled(users, 2).tolist() == users.tolist()
    assert sampled(users, 5000).size == 1


def test_only_what_sampled_users_liked_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambdas.logic.ranking, "MOST_SCORES", 12)
    liked = Liked(_ratings([(user, item, 1.0) for user in range(6) for item in range(2)]), LIKE, SPACE)
    assert (liked.users.size, liked.of, liked.is_sample) == (3, 6, True)
    assert _pairs(liked.pairs) == {(user, item) for user in liked.users.tolist() for item in range(2)}


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (FeatureSpace.of(users=range(7), items=range(4)), "7 users of the ranking model, expected the 6 of"),
        (FeatureSpace.of(users=range(6), items=range(1, 5)), "4 items of the ranking model, expected the 4 of"),
    ],
)
def test_another_models_positions_mean_others(other: FeatureSpace, what: str) -> None:
    check_same_ids(SPACE, FeatureSpace.of(users=range(6), items=range(4)))
    with pytest.raises(OtherIds, match=what):
        check_same_ids(SPACE, other)
