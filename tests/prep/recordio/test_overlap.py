"""Stores that overlap, and the look whether NumPy makes them in order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from prep.recordio import overlap


@pytest.fixture(autouse=True)
def fresh() -> Any:
    """The answer is remembered."""
    overlap.stores_in_order.cache_clear()
    yield
    overlap.stores_in_order.cache_clear()


class Backwards:
    """Windows of a NumPy that assigns from the last position to the first."""

    def __init__(self, octets: NDArray[np.uint8], dtype: Any) -> None:
        self.windows = overlap_windows(octets, dtype)

    def __setitem__(self, positions: NDArray[np.int64], pieces: NDArray[Any]) -> None:
        self.windows[positions[::-1]] = pieces[::-1]


overlap_windows = overlap.windows


def test_this_numpy_stores_in_order() -> None:
    """Were it not so, nothing would break, but everything would be slow."""
    assert overlap.stores_in_order()


def test_a_numpy_that_does_not_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlap, "windows", Backwards)
    assert not overlap.stores_in_order()


def test_windows_are_every_place() -> None:
    octets = np.arange(6, dtype=np.uint8)
    assert overlap.windows(octets, "<u4").tolist() == [0x03020100, 0x04030201, 0x05040302]
    assert overlap.windows(octets, "<u8").size == 0
    overlap.windows(octets, "<u4")[1] = 0
    assert octets.tolist() == [0, 0, 0, 0, 0, 5]
