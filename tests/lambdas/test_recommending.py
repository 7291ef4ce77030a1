"""Who is recommended what: the best of what was never rated, with its place by popularity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.logic.channels import Ratings
from lambdas.logic.predictions import SHOWN, artifact_score
from lambdas.logic.recommending import Seen, best_unseen, recommendations
from prep.catalogue import Catalogue, Item
from prep.feature_space import FeatureSpace
from tests.lambdas import small
from tests.lambdas.executions import constant

TITLES = Catalogue({10: Item(10, "Ten (1999)", 1999, ())}, ())
SCORE = artifact_score(small.model(), small.encode())
PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=15)


def _ratings(*pairs: tuple[int, int]) -> Ratings:
    users, items = np.array(pairs, np.int32).reshape(-1, 2).T
    return Ratings(users, items, np.ones(len(pairs), np.float32))


def _probability(user: int, item: int) -> float:
    return float(small.model().probability(small.space().encode([user], [item]))[0])


@given(st.lists(PAIRS, max_size=4), st.lists(PAIRS, max_size=2), st.sets(st.integers(0, 3), min_size=1))
def test_unseen_is_whatever_no_channel_has_in_any_cut(
    train: list[list[tuple[int, int]]], held_out: list[list[tuple[int, int]]], wanted: set[int]
) -> None:
    seen = Seen(np.array([*wanted, *wanted]), small.space())
    seen.add_train(_ratings(*part) for part in train)
    seen.add_held_out(_ratings(*part) for part in held_out)
    assert seen.users.tolist() == sorted(wanted)
    rows = [pair for part in (*train, *held_out) for pair in part]
    for user in wanted:
        assert set(seen.unseen(user).tolist()) == set(range(6)) - {item for rater, item in rows if rater == user}


def test_popularity_counts_ratings_of_everybody_in_training_alone() -> None:
    """Item 4 has three, items 1 and 3 one each, and item 0 none but in the test."""
    seen = Seen(np.array([2]), small.space())
    seen.add_train([_ratings((0, 4), (1, 4), (3, 3)), _ratings((2, 4), (2, 1))])
    seen.add_held_out([_ratings((0, 0), (1, 0), (2, 0), (3, 0))])
    assert seen.popularity_ranks().tolist() == [4, 2, 5, 3, 1, 6]


@pytest.mark.parametrize("user", range(4))
def test_the_best_unseen_come_first(user: int) -> None:
    best = best_unseen(SCORE, small.space(), user, np.array([0, 2, 4, 5]))
    id_ = small.USERS[user]
    expected = sorted([10, 12, 21, 30], key=lambda item: -_probability(id_, item))
    assert best.items.tolist() == expected
    assert set(best.users.tolist()) == {id_}
    assert best.scores.tolist() == [_probability(id_, item) for item in expected]


def test_equal_scores_are_ordered_by_item_and_lists_end() -> None:
    space = FeatureSpace.of(users=[1], items=range(30, 60))
    best = best_unseen(artifact_score(constant(31, 0.2), small.encode(space)), space, 0, np.arange(3, 30))
    assert best.items.tolist() == list(range(33, 33 + SHOWN))


def test_recommendations_are_titled_and_say_how_popular_they_are() -> None:
    seen = Seen(np.array([1, 3]), small.space())
    seen.add_train([_ratings((0, 4), (1, 4), (3, 4), (3, 0), (0, 0))])
    seen.add_held_out([_ratings((1, 5), (3, 1), (3, 2), (3, 3), (3, 5))])
    first, second = recommendations(SCORE, small.space(), seen, TITLES)
    assert (first["user"], second["user"]) == (small.USERS[1], small.USERS[3])
    assert {row["item"] for row in first["items"]} == {10, 11, 12, 20}
    (ten,) = [row for row in first["items"] if row["item"] == 10]
    assert ten == {
        "user": small.USERS[1],
        "item": 10,
        "title": "Ten (1999)",
        "score": pytest.approx(_probability(small.USERS[1], 10)),
        "predicted_label": None,
        "popularity_rank": 2,
    }
    assert second["items"] == [], "who has seen everything is recommended nothing"


def test_ids_may_be_text() -> None:
    space = small.named_space()
    seen = Seen(np.array([0]), space)
    (first,) = recommendations(artifact_score(small.model(), small.encode(space)), space, seen, TITLES)
    assert first["user"] == "user 2"
    assert {row["item"] for row in first["items"]} == {f"item {item}" for item in small.ITEMS}
