"""Sets of pairs against Python's own sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fm.errors import MetricError
from fm.evaluation.user_items import UserItems

USERS, ITEMS = 5, 7
Pairs = list[tuple[int, int]]
PAIRS = st.lists(st.tuples(st.integers(0, USERS - 1), st.integers(0, ITEMS - 1)), max_size=30)


def of(pairs: Pairs) -> UserItems:
    return UserItems.of([u for u, _ in pairs], [i for _, i in pairs], n_users=USERS, n_items=ITEMS)


@given(PAIRS, PAIRS)
def test_it_is_a_set_of_pairs(first: Pairs, second: Pairs) -> None:
    has = set(first)
    users, items = np.meshgrid(np.arange(USERS), np.arange(ITEMS), indexing="ij")
    mine = of(first)
    assert mine.contains(users, items).tolist() == [[(u, i) in has for i in range(ITEMS)] for u in range(USERS)]
    assert mine.per_user().tolist() == [sum(u == user for u, _ in has) for user in range(USERS)]
    assert mine.per_item().tolist() == [sum(i == item for _, i in has) for item in range(ITEMS)]
    rest = mine.without(of(second))
    assert sorted(zip((rest.keys // ITEMS).tolist(), rest.items.tolist(), strict=True)) == sorted(has - set(second))


@given(PAIRS, st.lists(st.integers(0, USERS - 1), max_size=8))
def test_pairs_of_some_users_in_any_order(pairs: Pairs, users: list[int]) -> None:
    place, items = of(pairs).of_users(np.array(users, dtype=np.int64))
    expected = [(at, item) for at, user in enumerate(users) for item in sorted({i for u, i in pairs if u == user})]
    assert list(zip(place.tolist(), items.tolist(), strict=True)) == expected


@pytest.mark.parametrize(
    ("users", "items", "message"),
    [
        ([0, USERS], [0, 0], "user 5 at 1, expected 0 to 4"),
        ([0], [-1], "item -1 at 0, expected 0 to 6"),
        ([0], [1, 2], "1 users and 2 items"),
        ([0.5], [1], "users of shape .* float64, expected"),
    ],
)
def test_bad_positions_are_named(users: list[int], items: list[int], message: str) -> None:
    with pytest.raises(MetricError, match=message):
        UserItems.of(users, items, n_users=USERS, n_items=ITEMS)


def test_sets_of_other_catalogues_do_not_mix() -> None:
    other = UserItems.of([0], [0], n_users=USERS, n_items=ITEMS + 1)
    with pytest.raises(MetricError, match="8 items, expected 5 and 7"):
        of([(0, 0)]).without(other)
