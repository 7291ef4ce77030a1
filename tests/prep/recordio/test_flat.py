"""Rows of any kind in one block: long and short ones, of many kinds, with and without a label, in either way."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prep.recordio import errors, headers, overlap, varint, write_records, writer
from prep.triplet import Triplet
from tests.prep.recordio import naive

LENGTHS = st.lists(st.integers(0, 3) | st.integers(0, 70) | st.sampled_from([31, 32, 33, 128, 700]), max_size=25)
LARGEST = st.sampled_from([1, 127, 128, 2**14, 2**21, 2**28, 2**28 + 1, 2**35, 2**55, 2**56 - 1, 2**56, 2**63 - 2])


def rows_of(lengths: list[int], largest: int, seed: int) -> Triplet:
    """Rows of these lengths, whose keys have as many bytes as come up to the largest, and any values."""
    rng = np.random.default_rng(seed)
    indptr = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    keys = largest >> rng.integers(0, largest.bit_length(), indptr[-1])
    values = rng.standard_normal(indptr[-1]).astype(np.float32)
    return Triplet(indptr=indptr, indices=keys, data=values, n_columns=largest + 1)


def frames(rows: Triplet, labels: Any) -> bytes:
    made = []
    for row in range(rows.rows):
        held = slice(rows.indptr[row], rows.indptr[row + 1])
        label = None if labels is None else float(labels[row])
        payload = naive.sparse(rows.indices[held].tolist(), rows.data[held].tolist(), rows.n_columns, label)
        made.append(naive.frame(payload))
    return b"".join(made)


def written(rows: Triplet, labels: Any, **options: bool) -> bytes:
    stream = io.BytesIO()
    write_records(stream, rows, labels, **options)
    return stream.getvalue()


@settings(deadline=None)  # a busy machine is no error
@given(
    LENGTHS,
    LARGEST,
    st.integers(0, 99),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0, 4, 1 << 12]),
    st.sampled_from([300, 1 << 21]),
)
def test_equals_the_naive_encoder(
    lengths: list[int], largest: int, seed: int, labelled: bool, in_order: bool, kinds: int, chunk_bytes: int
) -> None:
    rows = rows_of(lengths, largest, seed)
    labels = np.random.default_rng(seed).standard_normal(rows.rows).astype(np.float32) if labelled else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlap, "stores_in_order", lambda: in_order)
        patch.setattr(headers, "KINDS_PER_ROW", kinds)
        patch.setattr(writer, "CHUNK_BYTES", chunk_bytes)
        assert written(rows, labels) == frames(rows, labels)


@pytest.mark.parametrize("largest", [127, 128, 2**14 - 1, 2**14, 2**16, 2**20])
def test_many_rows(largest: int) -> None:
    """More than NumPy buffers at a time, and than are copied at a time; short rows after long ones.

    So many keys are looked up in a table of all columns, of 2^20 columns they are not.
    """
    rng = np.random.default_rng(1)
    lengths = np.where(rng.random(30_000) < 0.01, 200, rng.integers(0, 5, 30_000)).tolist()
    rows = rows_of(lengths, largest, 2)
    assert (varint.short_tagged(rows.indices[:70_000], largest) is None) == (largest == 2**20)
    labels = rng.standard_normal(rows.rows).astype(np.float32)
    assert written(rows, labels) == frames(rows, labels)
    assert written(rows, None) == frames(rows, None)


ONE = Triplet(indptr=np.array([0, 0, 2]), indices=np.array([0, 3]), data=np.array([1, 2], np.float32), n_columns=4)
INF = Triplet(indptr=ONE.indptr, indices=ONE.indices, data=np.array([1, np.inf], np.float32), n_columns=4)
NAN = np.array([np.nan, 1], np.float32)


def test_nan_is_refused_where_it_is_asked_for() -> None:
    assert written(ONE, np.ones(2, np.float32), finite=True) == written(ONE, np.ones(2, np.float32))
    with pytest.raises(errors.NotFinite, match="row 0: label nan, expected a finite number"):
        written(ONE, NAN, finite=True)
    with pytest.raises(errors.NotFinite, match="row 1: value inf, expected a finite number"):
        written(INF, None, finite=True)
    assert written(INF, NAN)


def test_a_row_that_no_frame_could_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 13 * writer.MAX_ROW_VALUES + 100 < 2**32
    monkeypatch.setattr(writer, "MAX_ROW_VALUES", 1)
    stream = io.BytesIO()
    with pytest.raises(errors.RowTooLong, match="row 1: 2 values, expected at most 1"):
        write_records(stream, ONE)
    assert stream.getvalue() == b""


@pytest.mark.parametrize("kind", ["i1", "u2", "i4", ">i4", "u8", ">u8"])
def test_indices_of_any_size(kind: str) -> None:
    matrix = SimpleNamespace(
        indptr=ONE.indptr.astype(kind), indices=ONE.indices.astype(kind), data=ONE.data, shape=(2, 4)
    )
    stream = io.BytesIO()
    write_records(stream, matrix)
    assert stream.getvalue() == written(ONE, None)
    matrix.indices = np.array([3, 4], kind)
    with pytest.raises(errors.KeyOutOfRange, match=r"row 1: key 4, expected 0\.\.3"):
        write_records(io.BytesIO(), matrix)
    matrix.indices = np.array([0.0, 3.0])
    with pytest.raises(errors.NotCsr, match="indices is 1-d float64, expected 1-d integers"):
        write_records(io.BytesIO(), matrix)
