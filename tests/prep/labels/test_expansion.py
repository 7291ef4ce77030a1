from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prep.hashing import pairs_of
from prep.labels import Expanded, LabelRule, Rows, expand

STARS = st.integers(1, 10).map(lambda half: half / 2)
N_ITEMS = 9
RATINGS = st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, N_ITEMS - 1)), STARS, max_size=30)


def rows_of(ratings: list[tuple[int, int, float]]) -> Rows:
    """Times tell the rows apart."""
    users, items, values = ([row[k] for row in ratings] for k in range(3))
    times = [1000 * user + item for user, item, _ in ratings]
    whole = [np.array(column, np.int64) for column in (users, items, times)]
    return Rows(whole[0], whole[1], whole[2], np.array(values, np.float32))


def seen_of(pairs: Any) -> Any:
    users, items = (np.array([pair[k] for pair in pairs], np.int64) for k in (0, 1))
    return np.sort(pairs_of(users, items))


def listed(parts: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for part in parts:
        assert isinstance(part, Expanded)
        assert part.labels.dtype == np.float32
        thresholds = [None] * len(part) if part.thresholds is None else part.thresholds.tolist()
        columns = (part.users.tolist(), part.items.tolist(), part.times.tolist(), thresholds, part.labels.tolist())
        found += zip(*columns, strict=True)
    return found


@given(RATINGS, STARS, st.integers(1, 7))
def test_classifier_and_regressor_label_each_rating_once(
    ratings: dict[tuple[int, int], float], cut: float, max_rows: int
) -> None:
    rated = [(user, item, value) for (user, item), value in ratings.items()]
    for task in ("binary_classifier", "regressor"):
        rule = LabelRule(task=task, liked_at_least=cut)
        assert listed(expand(rows_of(rated), rule, max_rows=max_rows)) == [
            (user, item, 1000 * user + item, None, value if task == "regressor" else float(value >= cut))
            for user, item, value in rated
        ]


@given(RATINGS, st.lists(STARS, min_size=1, unique=True).map(sorted), st.integers(1, 9))
def test_an_ordinal_rating_is_a_row_for_each_threshold(
    ratings: dict[tuple[int, int], float], thresholds: list[float], max_rows: int
) -> None:
    rated = [(user, item, value) for (user, item), value in ratings.items()]
    rule = LabelRule(task="ordinal", thresholds=tuple(thresholds))
    parts = list(expand(rows_of(rated), rule, max_rows=max_rows))
    assert all(len(part) <= max(max_rows, len(thresholds)) for part in parts)
    assert listed(parts) == [
        (user, item, 1000 * user + item, place, float(value >= threshold))
        for user, item, value in rated
        for place, threshold in enumerate(thresholds)
    ]


RANKING = LabelRule(task="ranking", negatives=3, likes_repeated=2)


@settings(deadline=None)
@given(RATINGS, st.integers(0, 2**32), st.integers(1, 20))
def test_likes_stand_against_items_their_users_have_not_rated(
    ratings: dict[tuple[int, int], float], seed: int, max_rows: int
) -> None:
    rated = [(user, item, value) for (user, item), value in ratings.items()]
    parts = list(expand(rows_of(rated), RANKING, seen=seen_of(ratings), n_items=N_ITEMS, seed=seed, max_rows=max_rows))
    assert all(len(part) <= max(max_rows, RANKING.rows_per_rating()) for part in parts)
    found = Counter((user, time, label) for user, _, time, _, label in listed(parts))
    likes = [(user, 1000 * user + item) for user, item, value in rated if value >= 4]
    expected: Counter[tuple[int, int, float]] = Counter()
    for user, time in likes:
        expected[user, time, 1.0] = 2
        if sum(who == user for who, _ in ratings) < N_ITEMS:
            expected[user, time, 0.0] = 2 * 3
    assert found == expected
    for user, item, time, _, label in listed(parts):
        assert 0 <= item < N_ITEMS
        assert ((user, item) in ratings) == (label == 1)
        assert label == 0 or time == 1000 * user + item


@settings(deadline=None)
@given(RATINGS, st.integers(0, 2**32), st.data())
def test_neither_order_nor_cuts_change_what_is_drawn(
    ratings: dict[tuple[int, int], float], seed: int, data: st.DataObject
) -> None:
    rated = [(user, item, value) for (user, item), value in ratings.items()]
    whole = expand(rows_of(rated), RANKING, seen=seen_of(ratings), n_items=N_ITEMS, seed=seed)
    shuffled = data.draw(st.permutations(rated))
    of_chunk = {user: data.draw(st.integers(0, 2)) for user in range(6)}
    parts: list[Expanded] = []
    for number in range(3):
        mine = [row for row in shuffled if of_chunk[row[0]] == number]
        seen = seen_of([pair for pair in ratings if of_chunk[pair[0]] == number])
        parts += expand(rows_of(mine), RANKING, seen=seen, n_items=N_ITEMS, seed=seed, max_rows=5)
    assert Counter(listed(parts)) == Counter(listed(whole))


def test_other_users_and_later_ratings_change_nothing_for_a_user() -> None:
    mine = [(1, 2, 5.0), (1, 4, 5.0)]
    alone = listed(expand(rows_of(mine), RANKING, seen=seen_of([(1, 2), (1, 4)]), n_items=99, seed=3))
    more = seen_of([(0, 1), (1, 2), (1, 4), (2, 2), (2, 3)])
    assert listed(expand(rows_of(mine), RANKING, seen=more, n_items=99, seed=3)) == alone


def test_another_seed_draws_others_and_more_draws_keep_those_there_are() -> None:
    rows, seen = rows_of([(1, 2, 5.0)]), seen_of([(1, 2)])

    def drawn(rule: LabelRule, seed: int) -> list[int]:
        return [
            item
            for _, item, _, _, label in listed(expand(rows, rule, seen=seen, n_items=10**6, seed=seed))
            if not label
        ]

    first = drawn(RANKING, 1)
    assert len(set(first)) == 6
    assert not set(first) & set(drawn(RANKING, 2))
    more = drawn(replace(RANKING, negatives=5, likes_repeated=3), 1)
    assert more[0:3] + more[5:8] == first


@pytest.mark.parametrize("rated", [[], [0], [98, 99], [0, 1, 2, 50, 51, 99], list(range(0, 100, 2)), list(range(99))])
def test_draws_are_even_over_what_is_unseen(rated: list[int]) -> None:
    """Chi-square: 120,000 draws, each statistic within 5 standard deviations of its expectation."""
    asked = sorted({*rated, 7})[:3] if rated else [7]
    rule = LabelRule(task="ranking", negatives=1000, likes_repeated=40)
    seen = seen_of([(3, item) for item in {*rated, *asked}])
    rows = rows_of([(3, item, 5.0) for item in asked])
    counts = np.zeros(100)
    for part in expand(rows, rule, seen=seen, n_items=100, seed=11):
        counts += np.bincount(part.items[part.labels == 0], minlength=100)
    unseen = np.setdiff1d(np.arange(100), [*rated, *asked])
    assert counts.sum() == 40_000 * len(asked)
    assert counts[unseen].sum() == counts.sum()
    expected = counts.sum() / unseen.size
    statistic, freedom = ((counts[unseen] - expected) ** 2 / expected).sum(), unseen.size - 1
    assert abs(statistic - freedom) <= 5 * np.sqrt(2 * freedom)


def test_a_user_who_has_rated_everything_has_likes_alone() -> None:
    ratings = {(0, item): 5.0 for item in range(N_ITEMS)} | {(1, 0): 5.0}
    rated = [(user, item, value) for (user, item), value in ratings.items()]
    found = listed(expand(rows_of(rated), RANKING, seen=seen_of(ratings), n_items=N_ITEMS, seed=0))
    assert Counter((user, label) for user, *_, label in found) == {(0, 1.0): 18, (1, 1.0): 2, (1, 0.0): 6}


def test_what_is_multiplied_comes_in_chunks() -> None:
    rule = LabelRule(task="ranking", negatives=64, likes_repeated=8)
    rated = [(user, item, 5.0) for user in range(40) for item in range(40)]
    seen = seen_of([(user, item) for user, item, _ in rated])
    sizes = [len(part) for part in expand(rows_of(rated), rule, seen=seen, n_items=5000, seed=0)]
    assert sum(sizes) == 1600 * 8 * 65
    assert max(sizes) <= 1 << 16


def test_ranking_has_to_know_what_was_seen() -> None:
    with pytest.raises(ValueError, match="expected what was seen, and how many items there are"):
        list(expand(rows_of([(0, 0, 5.0)]), RANKING))
