"""The top of many scores is what a full stable sort puts first."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from fm.errors import NoOrder
from fm.top import top, top_of_rows

INFINITY = float("inf")
TIED = st.sampled_from([-INFINITY, -1.0, -0.0, 0.0, 0.5, INFINITY])
ANY = st.floats(allow_nan=False, width=32)
SCORES = st.one_of(*(arrays(np.float32, st.integers(0, 300), elements=values) for values in (TIED, ANY)))
FEW_VALUES = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 9)), elements=st.sampled_from([-1, 0, 2]))


def best_first(scores: NDArray[np.generic], places: list[int]) -> list[int]:
    """Python's own sort, which is stable."""
    listed = scores.tolist()
    return sorted(places, key=lambda place: -listed[place])


@settings(deadline=None)
@given(SCORES, st.integers(0, 320))
def test_top_is_what_a_full_stable_sort_puts_first(scores: NDArray[np.float32], n: int) -> None:
    found = top(scores, n)
    assert found.dtype == np.int64
    assert found.tolist() == best_first(scores, list(range(scores.size)))[:n]


@settings(deadline=None)
@given(SCORES, st.integers(0, 320), st.data())
def test_only_those_allowed_stand_there(scores: NDArray[np.float32], n: int, data: st.DataObject) -> None:
    allowed = data.draw(arrays(np.bool_, scores.size))
    assert top(scores, n, allowed).tolist() == best_first(scores, np.flatnonzero(allowed).tolist())[:n]


@pytest.mark.parametrize("n", [1, 10, 63, 64, 65, 1000, 20_000])
@pytest.mark.parametrize("levels", [1, 3, 500, 1 << 40])
def test_large_catalogues_with_and_without_ties(levels: int, n: int) -> None:
    rng = np.random.default_rng(levels)
    scores = rng.integers(0, levels, size=12_345).astype(np.float32)
    allowed = rng.random(scores.size) < 0.7
    order = np.argsort(-scores.astype(np.float64), kind="stable")
    assert top(scores, n).tolist() == order[:n].tolist()
    assert top(scores, n, allowed).tolist() == order[allowed[order]][:n].tolist()


@pytest.mark.parametrize("arrange", [np.sort, lambda scores: np.sort(scores)[::-1]], ids=["rising", "falling"])
def test_scores_in_order(arrange: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> None:
    """The highest lie side by side, so that few heaps hold them all."""
    scores = arrange(np.random.default_rng(0).normal(size=5000))
    assert top(scores, 40).tolist() == np.argsort(-scores, kind="stable")[:40].tolist()


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.float64])
def test_counts_are_ordered_too(kind: type[np.generic]) -> None:
    scores = np.array([3, 0, 200, 3, 7], kind)
    assert top(scores, 4).tolist() == [2, 4, 0, 3]


@pytest.mark.parametrize("place", [0, 130, 199])
def test_a_score_that_is_no_number_is_refused_unless_it_is_not_allowed(place: int) -> None:
    scores = np.arange(200, dtype=np.float32)
    scores[place] = np.nan
    with pytest.raises(NoOrder, match="1 of 200 scores are NaN"):
        top(scores, 3)
    allowed = np.ones(200, np.bool_)
    allowed[place] = False
    assert not np.isnan(scores[top(scores, 3, allowed)]).any()


@pytest.mark.parametrize(
    ("shape", "n", "allowed"), [((4, 2), 1, None), ((4,), -1, None), ((4,), 1, (3,)), ((), 1, None)], ids=str
)
def test_what_has_no_top_is_named(shape: tuple[int, ...], n: int, allowed: tuple[int, ...] | None) -> None:
    with pytest.raises(NoOrder, match="expected"):
        top(np.zeros(shape, np.float32), n, None if allowed is None else np.ones(allowed, np.bool_))


def test_the_scores_stay_as_they_are() -> None:
    scores = np.array([1, 3, 2], np.float32)
    top(scores, 2)
    assert scores.tolist() == [1, 3, 2]


@settings(deadline=None)
@given(FEW_VALUES, st.data())
def test_top_of_rows_is_the_top_of_each(scores: NDArray[np.float64], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, scores.shape[1]))
    assert top_of_rows(scores, k).tolist() == [best_first(row, list(range(row.size)))[:k] for row in scores]


def test_it_takes_much_less_than_a_sort() -> None:
    """At the size of ml-32m 0.05 ms where a sort takes several; compared, as machines differ."""
    scores = np.random.default_rng(0).normal(size=87_585).astype(np.float32)

    def fastest(order: Callable[[NDArray[np.float32]], object]) -> float:
        seconds = []
        for _ in range(7):
            began = time.perf_counter()
            order(scores)
            seconds.append(time.perf_counter() - began)
        return min(seconds)

    assert fastest(lambda scores: top(scores, 10)) < fastest(lambda scores: np.argsort(-scores, kind="stable")) / 4
