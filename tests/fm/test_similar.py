"""The nearest items, against cosines taken one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from fm.errors import FoldingError
from fm.similar import nearest

VECTORS = arrays(np.float32, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=st.integers(-3, 3))


def cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    lengths = math.hypot(*one.tolist()) * math.hypot(*other.tolist())
    return sum(a * b for a, b in zip(one.tolist(), other.tolist(), strict=True)) / lengths if lengths else 0.0


@settings(deadline=None)
@given(VECTORS, st.integers(0, 14), st.data())
def test_nearest_to_an_item_are_the_others_by_cosine(items: NDArray[np.float32], n: int, data: st.DataObject) -> None:
    to = data.draw(st.integers(0, len(items) - 1))
    among = data.draw(st.none() | st.lists(st.integers(0, len(items) - 1), max_size=20))
    positions, cosines = nearest(items, to, n, None if among is None else np.array(among, np.int64))
    others = (set(range(len(items))) if among is None else set(among)) - {to}
    assert set(positions.tolist()) <= others
    assert positions.size == min(n, len(others))
    expected = [cosine(items[to], items[other]) for other in positions.tolist()]
    np.testing.assert_allclose(cosines, expected, atol=1e-6)
    left_out = [cosine(items[to], items[other]) for other in others - set(positions.tolist())]
    assert not left_out or not n or max(left_out) <= min(expected) + 1e-6
    assert (np.diff(cosines) <= 0).all()


def test_equal_items_stand_by_position_wherever_they_were_asked_for() -> None:
    items = np.array([[1, 2], [0, 1], [2, 4], [1, 2], [-1, -2]], np.float32)
    assert nearest(items, 0, 9)[0].tolist() == [2, 3, 1, 4]
    positions, cosines = nearest(items, 0, 2, among=np.array([4, 3, 0, 3, 2]))
    assert positions.tolist() == [2, 3]
    np.testing.assert_allclose(cosines, [1, 1], rtol=1e-6)
    assert cosines.dtype == np.float32
    assert cosines.max() <= 1


def test_a_vector_of_no_item_may_be_near_all_of_them() -> None:
    items = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    positions, cosines = nearest(items, np.array([3.0, 1.0]), 3)
    assert positions.tolist() == [0, 2, 1]
    np.testing.assert_allclose(cosines, [3 / math.sqrt(10), 4 / math.sqrt(20), 1 / math.sqrt(10)], rtol=1e-6)


@pytest.mark.parametrize("to", [1, np.zeros(2)], ids=["position", "vector"])
def test_nothing_points_the_way_of_zeros(to: int | NDArray[np.float64]) -> None:
    items = np.array([[1, 0], [0, 0], [1, 1]], np.float32)
    positions, cosines = nearest(items, to, 3)
    assert cosines.tolist() == [0] * positions.size
    assert positions.tolist() == sorted(positions.tolist())
    _, from_first = nearest(items, 0, 2)
    assert from_first[1] == 0


def test_what_is_not_there_is_named() -> None:
    items = np.eye(3, dtype=np.float32)
    with pytest.raises(FoldingError, match="item 3, expected 0 to 2"):
        nearest(items, 3, 1)
    with pytest.raises(FoldingError, match="item -1, expected 0 to 2"):
        nearest(items, 0, 1, among=np.array([2, -1]))
    with pytest.raises(FoldingError, match=r"a vector of shape \(2,\), expected \(3,\)"):
        nearest(items, np.zeros(2), 1)
