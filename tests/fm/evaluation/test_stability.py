"""The population stability index against SciPy's divergences, sums done by hand and what chance makes of it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import entropy

from fm.errors import MetricError
from fm.evaluation.stability import BINS, FLOOR, counted, edges_of, groups_of, stability_index

COUNT = st.integers(0, 1_000_000)
PAIRS = st.lists(st.tuples(COUNT, COUNT), min_size=1, max_size=30).filter(
    lambda pairs: any(first for first, _ in pairs) and any(second for _, second in pairs)
)
NUMBER = st.integers(-5, 5).map(float) | st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 1000)), min_size=2, max_size=20))
def test_it_is_both_divergences_of_kullback_and_leibler(pairs: list[tuple[int, int]]) -> None:
    reference, current = np.array(pairs).T
    expected = entropy(current, reference) + entropy(reference, current)
    assert stability_index(reference, current, floor=1e-12) == pytest.approx(expected, abs=1e-9)


@given(PAIRS, st.integers(2, 9))
def test_it_is_0_for_equal_shares_and_else_above_whichever_came_first(pairs: list[tuple[int, int]], scale: int) -> None:
    reference, current = np.array(pairs).T
    found = stability_index(reference, current)
    assert found >= 0
    assert found == pytest.approx(stability_index(current, reference))
    assert found == pytest.approx(stability_index(reference[::-1], current[::-1] * scale))
    assert stability_index(reference, reference * scale) == pytest.approx(0, abs=1e-12)


def test_a_textbook_example() -> None:
    """Shares of .2, .3, .5 that become .3, .3, .4."""
    by_hand = 0.1 * math.log(0.3 / 0.2) + 0 - 0.1 * math.log(0.4 / 0.5)
    assert stability_index([20, 30, 50], [30, 30, 40]) == pytest.approx(by_hand)


@pytest.mark.parametrize(("new", "index"), [(1, 0.0), (4, 0.042), (10, 0.21), (25, 0.77)])
def test_what_comes_into_an_empty_bin_counts_by_how_much_it_is(new: int, index: float) -> None:
    tenths, now = np.append(np.full(10, 10), 0), np.append(np.full(10, (100 - new) / 10), new)
    gone = 10 * (0.1 - now[0] / 100) * math.log(0.1 / (now[0] / 100))
    assert stability_index(tenths, now) - gone == pytest.approx(index, abs=0.005)
    assert FLOOR == 0.01


def test_chance_makes_it_what_theory_says() -> None:
    rng, n, m = np.random.default_rng(5), 1_000, 500
    found = []
    for _ in range(400):
        before, now = rng.normal(size=n), rng.normal(size=m)
        edges = edges_of(before)
        found.append(stability_index(counted(before, edges), counted(now, edges)))
    assert np.mean(found) == pytest.approx((BINS - 1) * (1 / n + 1 / m), rel=0.1)


@given(st.lists(NUMBER, min_size=1, max_size=200))
def test_every_value_is_counted_once_where_it_stands(values: list[float]) -> None:
    edges = edges_of(values)
    assert edges.size < BINS
    assert (np.diff(edges) > 0).all()
    bounds = [-math.inf, *edges.tolist(), math.inf]
    expected = [sum(low <= value < high for value in values) for low, high in pairwise(bounds)]
    assert counted(values, edges).tolist() == expected


def test_a_continuous_reference_is_divided_into_tenths() -> None:
    values = np.random.default_rng(1).normal(size=5_000)
    assert_allclose(counted(values, edges_of(values)), 500, atol=1)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60).filter(any), st.integers(1, 12))
def test_groups_hold_the_most_frequent_first_and_as_much_each(given_counts: list[int], groups: int) -> None:
    counts = np.array(given_counts)
    found = groups_of(counts, groups)
    before = 0
    for count, group in sorted(zip(given_counts, found.tolist(), strict=True), key=lambda pair: (-pair[0], pair[1])):
        assert group == min(groups * before // sum(given_counts), groups - 1)
        before += count
    held = np.bincount(found, counts, minlength=groups)
    assert held.max() <= counts.sum() / groups + counts.max()


@pytest.mark.parametrize(
    ("reference", "current", "message"),
    [
        ([1, 2], [1, 2, 3], "3 bins held against 2"),
        ([0, 0], [1, 2], "not all of them 0"),
        ([1, -1], [1, 2], "numbers from 0"),
        ([1, math.nan], [1, 2], "numbers from 0"),
        ([], [], "not all of them 0"),
    ],
)
def test_counts_that_are_none_are_refused(reference: list[float], current: list[float], message: str) -> None:
    with pytest.raises(MetricError, match=message):
        stability_index(reference, current)


@pytest.mark.parametrize("values", [[], [1.0, math.inf], [math.nan], [[1.0]]])
def test_a_reference_without_numbers_is_refused(values: list[float]) -> None:
    with pytest.raises(MetricError, match="expected some finite numbers"):
        edges_of(values)


def test_categories_that_nobody_counted_have_no_groups() -> None:
    with pytest.raises(MetricError, match="sum to 0"):
        groups_of(np.zeros(3, np.int64))
