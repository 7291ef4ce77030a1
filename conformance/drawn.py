"""Matrices drawn at random by hypothesis, which makes what differs as small as it can."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from conformance.cases import MAGIC, Case, rows_of

_LENGTHS = (
    st.integers(0, 4) | st.integers(0, 40) | st.sampled_from([15, 16, 17, 29, 30, 31, 32, 60, 127, 128, 129, 300])
)
_SPECIAL = np.array([0, -0.0, 1, 0.5, np.nan, np.inf, -np.inf, 1e-45, 3.4028235e38, MAGIC], np.float32)
# Edges of varints, from both sides; the SDK's matrices are no wider than an int64.
_SIZES = st.integers(1, 3_000) | st.builds(
    lambda bits, more: max(1, (1 << bits) + more), st.integers(0, 62), st.integers(-2, 2)
)


@st.composite
def matrices(draw: st.DrawFn) -> Case:
    """Any width, rows of few or many values in any order, keys of all lengths, any number, with or without labels."""
    width = draw(_SIZES)
    lengths = draw(st.lists(_LENGTHS, max_size=20))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    total = sum(lengths)
    keys = (width - 1) >> rng.integers(0, width.bit_length(), total)
    keys -= np.minimum(keys, rng.integers(0, 3, total))
    numbers = _numbers(rng, total + len(lengths))
    labels = numbers[total:] if draw(st.booleans()) else None
    return Case("a drawn matrix", rows_of(lengths, keys, numbers[:total], width), labels)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Case, int, int]:
    """Rows of two unit values in two blocks of columns, with finite labels; and the sizes of the blocks."""
    first_keys, second_keys = draw(_SIZES.filter(_is_narrow)), draw(_SIZES.filter(_is_narrow))
    width = first_keys + second_keys + draw(st.integers(0, 2) | st.sampled_from([200, 2**20]))
    rows = draw(st.integers(0, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    first, second = ((size - 1) >> rng.integers(0, size.bit_length(), rows) for size in (first_keys, second_keys))
    kind = draw(st.sampled_from(["likes", "stars", "numbers"]))
    labels = {
        "likes": rng.integers(0, 2, rows) * 1.0,
        "stars": rng.integers(1, 11, rows) / 2,
        "numbers": np.nan_to_num(_numbers(rng, rows)),
    }[kind].astype(np.float32)
    keys = np.stack([first, first_keys + second], axis=1)
    return Case("drawn pairs", rows_of([2] * rows, keys.ravel(), 1, width), labels), first_keys, second_keys


def _is_narrow(size: int) -> bool:
    return size < 1 << 61


def _numbers(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Any bit patterns, among them some that are special. NaN has one: Python's floats keep no other."""
    bits = rng.integers(0, 2**32, count, dtype=np.uint32).view(np.float32)
    numbers = np.where(rng.random(count) < 0.2, rng.choice(_SPECIAL, count), bits)
    return np.where(np.isnan(numbers), np.float32(np.nan), numbers).astype(np.float32)
