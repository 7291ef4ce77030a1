"""Lists of who rated what, against plain sets."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lambdas.logic.serving.ratings import Collector, MiscountedRatings, UserRatings

N_USERS, N_ITEMS = 6, 5
KINDS = ("like", "dislike", "validation", "test")


class Rating(NamedTuple):
    user: int
    item: int
    kind: str


RATINGS = st.lists(
    st.builds(Rating, st.integers(0, N_USERS - 1), st.integers(0, N_ITEMS - 1), st.sampled_from(KINDS)),
    unique_by=lambda rating: rating[:2],
)


def columns(ratings: list[Rating]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    return tuple(np.array([rating[at] for rating in ratings], np.int32) for at in (0, 1))  # type: ignore[return-value]


def collected(ratings: list[Rating], size: int, n_ratings: int | None = None) -> UserRatings:
    """Parts of some ratings each, of whichever channels stand in them."""
    collector = Collector(n_users=N_USERS, n_items=N_ITEMS, n_ratings=len(ratings) if n_ratings is None else n_ratings)
    for first in range(0, len(ratings), size):
        part = ratings[first : first + size]
        train = [rating for rating in part if rating.kind in ("like", "dislike")]
        collector.add_train(*columns(train), np.array([rating.kind == "like" for rating in train], np.bool_))
        collector.add_validation(*columns([rating for rating in part if rating.kind == "validation"]))
        collector.add_test(*columns([rating for rating in part if rating.kind == "test"]))
    return collector.finish()


@given(RATINGS, st.integers(1, 7))
def test_lists_are_the_sets_of_what_was_added(ratings: list[Rating], size: int) -> None:
    found = collected(ratings, size)
    kinds = {"rated": KINDS, "known": KINDS[:3], "liked": KINDS[:1]}
    for name, of_kind in kinds.items():
        lists = getattr(found, name)
        assert len(lists) == N_USERS
        for user in range(N_USERS):
            expected = {rating.item for rating in ratings if rating.user == user and rating.kind in of_kind}
            items = lists.of(user)
            assert items.size == len(expected) == lists.counts()[user]
            assert set(items.tolist()) == expected
    counts = Counter(rating.item for rating in ratings if rating.kind in KINDS[:2])
    likes = Counter(rating.item for rating in ratings if rating.kind == "like")
    assert found.of_items.tolist() == [counts[item] for item in range(N_ITEMS)]
    assert found.likes_of_items.tolist() == [likes[item] for item in range(N_ITEMS)]


@given(RATINGS, st.randoms(use_true_random=False))
def test_the_order_of_channels_makes_no_difference(ratings: list[Rating], random: Any) -> None:
    shuffled = random.sample(ratings, len(ratings))
    for name in UserRatings.__dataclass_fields__:
        one, other = (getattr(collected(each, 3), name) for each in (ratings, shuffled))
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()


@pytest.mark.parametrize(
    ("n_ratings", "message"),
    [(1, "2 ratings or more in the channels, expected 1 as prepared"), (3, "2 ratings in the channels, expected 3")],
)
def test_channels_that_are_not_what_was_prepared_are_refused(n_ratings: int, message: str) -> None:
    with pytest.raises(MiscountedRatings, match=message):
        collected([Rating(0, 1, "like"), Rating(0, 2, "test")], 2, n_ratings)


WRONG: dict[str, tuple[dict[str, list[int]], str]] = {
    "begins late": ({"indptr": [1, 1, 3]}, "rated_indptr, expected ascending from 0 to 3"),
    "ends early": ({"indptr": [0, 1, 2]}, "rated_indptr, expected ascending from 0 to 3"),
    "descends": ({"indptr": [0, 4, 3]}, "rated_indptr, expected ascending from 0 to 3"),
    "no users at all": ({"indptr": []}, "rated_indptr, expected ascending from 0 to 3"),
    "other users": ({"known_counts": [1, 1, 1]}, "3 known_counts and 2 liked_counts, expected 2 each"),
    "knows more than was rated": ({"known_counts": [1, 3]}, "user 1, expected 0 ≤ liked ≤ known ≤ rated"),
    "likes more than is known": ({"liked_counts": [2, 0]}, "user 0, expected 0 ≤ liked ≤ known ≤ rated"),
    "likes less than nothing": ({"liked_counts": [0, -1]}, "user 1, expected 0 ≤ liked ≤ known ≤ rated"),
    "no such item": ({"items": [0, 2, 1]}, "rated_items from 0 to 2, expected 0 to 1"),
    "an item before the first": ({"items": [0, -1, 1]}, "rated_items from -1 to 1, expected 0 to 1"),
    "likes of other items": ({"likes_of_items": [1]}, "2 ratings and 1 likes, expected as many"),
}


@pytest.mark.parametrize("case", WRONG)
def test_arrays_that_do_not_fit_together_are_refused(case: str) -> None:
    changes, message = WRONG[case]
    counts = {"known_counts": [1, 2], "liked_counts": [1, 0]}
    sound = {"indptr": [0, 1, 3], **counts, "items": [0, 1, 0], "of_items": [2, 1], "likes_of_items": [1, 0]}
    dtypes = {"known_counts": np.int32, "liked_counts": np.int32, "items": np.int32}
    arrays: dict[str, Any] = {name: np.array(values, dtypes.get(name, np.int64)) for name, values in sound.items()}
    UserRatings(**arrays)
    arrays |= {name: np.array(values, dtypes.get(name, np.int64)) for name, values in changes.items()}
    with pytest.raises(ValueError, match=message):
        UserRatings(**arrays)
