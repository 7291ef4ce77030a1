"""Matrices and labels on which our RecordIO-protobuf must equal the SageMaker SDK's, byte for byte.

All numbers are given by rules, not drawn, so that they are the same under every version of NumPy. The golden files in
the tests are what the SDK writes for these cases.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prep.triplet import Triplet

MAGIC = struct.unpack("<f", bytes.fromhex("0a23d7ce"))[0]
"""The number whose float32 bytes are the magic number of a RecordIO frame."""


class Case(NamedTuple):
    """One comparison; ``name`` is its golden file's."""

    name: str
    rows: Triplet
    labels: NDArray[np.float32] | None


def cases() -> Iterator[Case]:
    """Every case once."""
    yield from _edges_of_varints()
    yield from _widths()
    yield from _row_shapes()
    yield from _row_lengths()
    yield from _numbers()


def dense() -> NDArray[np.float32]:
    """A matrix for the SDK's other function, which writes rows without keys and shape."""
    return np.arange(12, dtype=np.float32).reshape(3, 4)


def rows_of(lengths: ArrayLike, keys: ArrayLike, values: ArrayLike, n_columns: int) -> Triplet:
    """A Triplet from the number of values in each row."""
    indptr = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    return Triplet(
        indptr=indptr,
        indices=np.asarray(keys, np.int64),
        data=np.broadcast_to(np.asarray(values, np.float32), (int(indptr[-1]),)).copy(),
        n_columns=n_columns,
    )


def _edges_of_varints() -> Iterator[Case]:
    """All pairs of keys on both sides of a power of 128: a varint of another length on each side."""
    for bits in (7, 14, 21, 28, 35, 42, 49, 56, 62):
        edge = 1 << bits
        keys = np.array([0, edge - 1, edge, edge + 1, (1 << 63) - 2])
        first, second = np.triu_indices(keys.size, k=1)
        pairs = np.stack([keys[first], keys[second]], axis=1)
        labels = np.arange(first.size, dtype=np.float32) * np.float32(0.5)
        yield Case(f"keys_around_2_to_{bits}", rows_of([2] * first.size, pairs.ravel(), 1, (1 << 63) - 1), labels)


def _widths() -> Iterator[Case]:
    """The width is a varint too."""
    for bits in (7, 14, 21, 28):
        for width in ((1 << bits) - 1, 1 << bits, (1 << bits) + 1):
            yield Case(f"width_{width}", rows_of([1, 1], [0, width - 1], 1, width), _labels(2))


def _row_shapes() -> Iterator[Case]:
    yield Case("empty_rows", rows_of([0, 2, 0, 1, 0], [1, 2, 3], 1, 10), _labels(5))
    yield Case("only_empty_rows", rows_of([0, 0, 0, 0], [], 1, 10), _labels(4))
    yield Case("no_rows", rows_of([], [], 1, 10), _labels(0))
    yield Case("no_labels", rows_of([2, 0, 1], [1, 2, 3], 1, 10), None)
    yield Case("no_columns", rows_of([0, 0], [], 1, 0), _labels(2))
    yield Case("explicit_zeros", rows_of([2, 2], [1, 3, 0, 9], [0.0, 1.0, -0.0, 0.0], 10), _labels(2))
    yield Case(
        "duplicate_and_unsorted_keys", rows_of([3, 3], [3, 1, 1, 9, 0, 300], [1, 2, 3, 4, 5, 6], 400), _labels(2)
    )
    yield Case("mixed_rows", _mixed_rows(300), _labels(300))


def _row_lengths() -> Iterator[Case]:
    """Numbers of values at which a length in the message takes another byte."""
    for nnz in (15, 16, 17, 29, 30, 31, 32, 60, 127, 128, 129, 4095, 4096, 5000):
        keys = np.arange(nnz) + (100 if nnz < 1000 else 0)
        yield Case(f"values_{nnz}", rows_of([nnz], keys, np.arange(nnz) / 8, 6000), _labels(1))


def _numbers() -> Iterator[Case]:
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45, 3.4028235e38, 1 / 3, MAGIC], np.float32)
    yield Case("special_numbers", rows_of([4, 4], np.arange(8), special, 8), special[:2])
    yield Case("special_labels", rows_of([1] * 8, np.arange(8), 1, 8), special)
    for nnz in range(1, 8):
        keys = np.concatenate([np.arange(nnz) + start for start in (0, 200, 20_000)])
        labels = np.full(3, MAGIC, np.float32)
        yield Case(f"magic_in_payload_{nnz}", rows_of([nnz] * 3, keys, MAGIC, 30_000), labels)


def _mixed_rows(count: int) -> Triplet:
    """Rows of 0 to 6 values with keys of one to three bytes in all mixtures."""
    lengths = np.arange(count) * 5 % 7
    total = int(lengths.sum())
    keys = (np.arange(total) ** 2 * 37 + 11) % np.array([90, 9_000, 90_000])[np.arange(total) % 3]
    return rows_of(lengths, keys, (np.arange(total) % 17 - 8) / 4, 90_000)


def _labels(count: int) -> NDArray[np.float32]:
    return (np.arange(count) % 2).astype(np.float32)
