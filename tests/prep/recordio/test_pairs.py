"""Rows of two unit values: as the naive encoder writes them, whatever the keys, the labels and the block."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from prep.recordio import PairEncoder, errors, overlap, pairs
from tests.prep.recordio import naive

EDGES = [1, 2, 100, 126, 127, 128, 129, 2**14 - 1, 2**14, 2**14 + 1, 2**21 - 1, 2**21 + 1, 2**27]
STARS = st.integers(0, 15).map(lambda number: number / 2)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False) | st.just(-0.0)
LABELS = st.lists(st.sampled_from([0.0, 1.0])) | st.lists(STARS) | st.lists(FLOATS | STARS)


def frames(first: Any, second: Any, labels: Any, n_columns: int) -> bytes:
    rows = zip(first, second, labels, strict=True)
    return b"".join(naive.frame(naive.sparse([a, b], [1, 1], n_columns, label)) for a, b, label in rows)


def columns(keys: list[int], start: int, count: int) -> list[int]:
    """The edges of a block of columns and what is between them."""
    edges = [0, count - 1, *(edge - start for edge in EDGES if 0 <= edge - start < count)]
    return [start + edges[key % len(edges)] for key in keys]


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, int, int, list[int], list[int], list[float]]:
    sizes = st.sampled_from([*EDGES, 2**28 - 5]) | st.integers(1, 3000)
    first_keys, second_keys = draw(sizes), draw(sizes)
    n_columns = first_keys + second_keys + draw(st.sampled_from([0, 1, 100, 2**40, 2**62]))
    labels = draw(LABELS)
    key = st.lists(st.integers(0, 99), min_size=len(labels), max_size=len(labels))
    first = columns(draw(key), 0, first_keys)
    return first_keys, second_keys, n_columns, first, columns(draw(key), first_keys, second_keys), labels


@settings(deadline=None)  # a busy machine is no error
@given(cases(), st.sampled_from([3, pairs.BLOCK_ROWS]), st.sampled_from([0, 1 << 12]), st.booleans())
def test_equals_the_naive_encoder(case: Any, block_rows: int, table_keys: int, in_order: bool) -> None:
    first_keys, second_keys, n_columns, first, second, labels = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "BLOCK_ROWS", block_rows)
        patch.setattr(pairs, "TABLE_KEYS", table_keys)
        patch.setattr(overlap, "stores_in_order", lambda: in_order)
        encoder = PairEncoder(first_keys=first_keys, second_keys=second_keys, n_columns=n_columns)
        octets = encoder.encode(np.array(first, np.int64), np.array(second, np.int64), np.array(labels, np.float32))
        assert octets.tobytes() == frames(first, second, labels, n_columns)
        # The buffers are used again, for fewer rows and other labels too.
        octets = encoder.encode(np.array(first[:2], int), np.array(second[:2], int), np.full(len(first[:2]), 0.3, "f"))
        assert octets.tobytes() == frames(first[:2], second[:2], [0.3] * len(first[:2]), n_columns)


def test_many_rows_of_frames_of_two_lengths() -> None:
    """More than NumPy buffers at a time, with keys of one to three bytes."""
    rng = np.random.default_rng(5)
    first = np.where(rng.random(40_000) < 0.5, rng.integers(0, 100, 40_000), rng.integers(0, 70_000, 40_000))
    second = rng.integers(70_000, 70_040, 40_000)
    labels = (rng.random(40_000) < 0.4).astype(np.float32)
    octets = PairEncoder(first_keys=70_000, second_keys=40, n_columns=70_040).encode(first, second, labels)
    assert octets.tobytes() == frames(first.tolist(), second.tolist(), labels.tolist(), 70_040)
    assert octets.size % first.size != 0


@pytest.mark.parametrize("kind", ["i2", "u2", "i4", "u4", ">i4", "i8", "u8"])
def test_integers_of_any_size(kind: str) -> None:
    first, second = np.array([0, 299, 7], kind), np.array([300, 399, 310], kind)
    octets = PairEncoder(first_keys=300, second_keys=100, n_columns=400).encode(first, second, np.ones(3, np.float32))
    assert octets.tobytes() == frames([0, 299, 7], [300, 399, 310], [1, 1, 1], 400)


def test_columns_of_a_matrix_are_taken_too() -> None:
    keys, labels = np.array([[0, 5], [2, 3]]), np.array([[1.5, 0], [0.25, 0]], np.float32)
    octets = PairEncoder(first_keys=3, second_keys=3, n_columns=6).encode(keys[:, 0], keys[:, 1], labels[:, 0])
    assert octets.tobytes() == frames([0, 2], [5, 3], [1.5, 0.25], 6)


ONES = np.ones(2, np.float32)
NAN = np.array([1, np.nan], np.float32)

REFUSALS: dict[str, tuple[Any, Any, Any, type[errors.RecordIOError], str]] = {
    "first too large": ([0, 3], [3, 4], ONES, errors.KeyOutOfRange, "row 1: first key 3, expected 0..2"),
    "first negative": ([-1, 0], [3, 4], ONES, errors.KeyOutOfRange, "row 0: first key -1, expected 0..2"),
    "second too large": ([0, 0], [3, 5], ONES, errors.KeyOutOfRange, "row 1: second key 5, expected 3..4"),
    "second in the first block": ([0, 0], [3, 2], ONES, errors.KeyOutOfRange, "row 1: second key 2, expected 3..4"),
    "beyond int64": (
        np.array([0, 2**64 - 1], np.uint64),
        [3, 3],
        ONES,
        errors.KeyOutOfRange,
        "row 1: first key 18446744073709551615",
    ),
    "floats for keys": ([0.0, 1.0], [3, 4], ONES, errors.WrongDtype, "first keys are float64, expected integers"),
    "bools for keys": ([0, 1], [True, True], ONES, errors.WrongDtype, "second keys are bool, expected integers"),
    "float64 labels": ([0, 1], [3, 4], np.ones(2), errors.WrongDtype, "label 'values' is float64, expected float32"),
    "integer labels": ([0, 1], [3, 4], np.ones(2, int), errors.WrongDtype, "label 'values' is int64"),
    "big-endian labels": ([0, 1], [3, 4], np.ones(2, ">f4"), errors.WrongDtype, "label 'values' is >f4"),
    "fewer labels": ([0, 1], [3, 4], ONES[:1], errors.KeyCountMismatch, "first keys have shape (2,), expected (1,)"),
    "fewer second keys": ([0, 1], [3], ONES, errors.KeyCountMismatch, "second keys have shape (1,), expected (2,)"),
    "a column of labels": ([0, 1], [3, 4], ONES[:, None], errors.LabelCountMismatch, "shape (2, 1), expected (2,)"),
    "NaN": ([0, 1], [3, 4], NAN, errors.NotFinite, "row 1: label nan, expected a finite number"),
    "infinity": ([0, 1], [3, 4], ONES * np.inf, errors.NotFinite, "row 0: label inf"),
}


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(("first", "second", "labels", "error", "message"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_refused(
    first: Any,
    second: Any,
    labels: NDArray[Any],
    error: type[errors.RecordIOError],
    message: str,
    wide: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if wide:
        monkeypatch.setattr(pairs, "WORD_KEYS", 0)
    encoder = PairEncoder(first_keys=3, second_keys=2, n_columns=5)
    with pytest.raises(error) as refused:
        encoder.encode(np.asarray(first), np.asarray(second), labels)
    assert message in str(refused.value)
    assert type(refused.value) is error


@pytest.mark.parametrize("sizes", [(3, 3, 5), (-1, 3, 5), (3, -1, 5), (2**62, 2**62, 2**63)])
def test_columns_that_do_not_fit_the_row(sizes: tuple[int, int, int]) -> None:
    with pytest.raises(errors.KeyOutOfRange, match="columns in a row of"):
        PairEncoder(first_keys=sizes[0], second_keys=sizes[1], n_columns=sizes[2])


def test_no_rows_and_no_columns() -> None:
    empty = np.empty(0, np.int64)
    encoder = PairEncoder(first_keys=0, second_keys=0, n_columns=0)
    assert encoder.encode(empty, empty, np.empty(0, np.float32)).size == 0
    with pytest.raises(errors.KeyOutOfRange):
        encoder.encode(np.zeros(1, int), np.zeros(1, int), ONES[:1])


def test_the_magic_number_as_a_label() -> None:
    magic = struct.unpack("<f", bytes.fromhex("0a23d7ce"))[0]
    octets = PairEncoder(first_keys=1, second_keys=1, n_columns=2).encode(
        np.zeros(1, int), np.ones(1, int), np.array([magic], np.float32)
    )
    assert octets.tobytes() == frames([0], [1], [magic], 2)
