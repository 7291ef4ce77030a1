"""CSR rows to RecordIO-protobuf, kind by kind: rows with as many values and as many bytes of keys have one layout.

Such rows are copies of one blank frame, filled in column by column and laid where they belong. Slower than
``prep.recordio.flat``, and the way for what that cannot do: no two stores overlap, and a key may be of any length.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from prep.recordio import varint
from prep.recordio.framing import HEADER_BYTES, frame
from prep.recordio.layout import VALUES, Layout, blank_sparse, parse
from prep.recordio.wire import Span


def encode(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    data: NDArray[np.float32],
    labels: NDArray[np.float32] | None,
    n_columns: int,
) -> NDArray[np.uint8]:
    """The frames of all rows, in order: (bytes,) uint8.

    indptr: (rows + 1,) from 0. indices, data: (values,). labels: (rows,), or None. Nothing is checked.
    """
    keys, starts = varint.encode(indices)
    nnz, key_starts = np.diff(indptr), starts[indptr]
    kinds, kind = np.unique(nnz << 32 | np.diff(key_starts), return_inverse=True)
    names = () if labels is None else (VALUES,)
    blanks = [blank_frame(blank_sparse(n >> 32, n & 0xFFFFFFFF, n_columns, names)) for n in kinds.tolist()]
    ends = np.cumsum(np.array([blank.size for blank, _ in blanks])[kind])
    octets = np.empty(ends[-1], np.uint8)
    for members, (blank, layout) in zip(_members(kind), blanks, strict=True):
        block = np.tile(blank, (members.size, 1))
        if layout.features is not None and layout.features.keys is not None:
            span = layout.features.keys
            fill(block, layout.features.values, float_octets(_windows(data, layout.features.nnz)[indptr[members]]))
            fill(block, span, _windows(keys, span.size)[key_starts[members]])
        if labels is not None:
            fill(block, layout.labels[VALUES], float_octets(labels[members, None]))
        sliding_window_view(octets, blank.size, writeable=True)[ends[members] - blank.size] = block
    return octets


@lru_cache(maxsize=512)
def blank_frame(payload: bytes) -> tuple[NDArray[np.uint8], Layout]:
    """A payload in its frame, and the places to fill in it."""
    return np.frombuffer(frame(payload), np.uint8), parse(payload, HEADER_BYTES)


def fill(block: NDArray[np.uint8], span: Span, octets: NDArray[np.uint8]) -> None:
    """Puts the bytes of each row in the same place of each frame."""
    block[:, HEADER_BYTES + span.start : HEADER_BYTES + span.stop] = octets


def float_octets(numbers: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(rows, 4 n) bytes of (rows, n) numbers, little end first on any machine."""
    return np.ascontiguousarray(numbers, "<f4").view(np.uint8)


def _members(kind: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The rows of each kind, kinds and rows in order."""
    order = np.argsort(kind, kind="stable")
    return np.split(order, np.cumsum(np.bincount(kind))[:-1])


def _windows(array: NDArray[Any], size: int) -> NDArray[Any]:
    """(len(array) - size + 1, size) view: row ``i`` is ``array[i : i + size]``."""
    return sliding_window_view(array, size)
