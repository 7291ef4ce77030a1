"""Any CSR rows to RecordIO-protobuf, without a Python loop over rows or over kinds of rows.

A frame is a run of pieces: header, values, length of the keys, keys, and a tail with the shape and the label. The pieces
of a block of rows are made side by side in one source, and then copied to where they belong in the order of the bytes,
all with copies of one size: what a copy is too long is overwritten by the next one. A long piece takes several copies.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep.recordio import grouped, headers, overlap, varint
from prep.recordio.framing import MAX_PADDING
from prep.recordio.layout import TENSOR_SHAPE, VALUES, blank_labels
from prep.recordio.overlap import windows
from prep.recordio.wire import field

_WORD_KEYS = 1 << 56
"""Keys below this have varints that fit a word of eight bytes."""

_LONGEST_COPY = 128
"""Bytes. A copy of so many takes hardly longer than one of 8."""

_COPIES = 1 << 13
"""Copies made at a time: what is on its way between source and frames stays in the cache."""

_SLACK = 8 + _LONGEST_COPY


class FlatEncoder:
    """Encodes blocks of rows of one width, all with a label or all without.

    n_columns: the width. An encoder keeps its buffers, so one thread at a time may use it.
    """

    def __init__(self, n_columns: int, *, labelled: bool) -> None:
        self._n_columns, self._labelled = n_columns, labelled
        shape = field(TENSOR_SHAPE, varint.encode_one(n_columns))
        label = blank_labels([VALUES] if labelled else [])
        self._shape_bytes, self._label_bytes = len(shape), len(label)
        self._tail = np.frombuffer(shape + label + bytes(MAX_PADDING), np.uint8)
        self._source, self._octets = np.empty(0, np.uint8), np.empty(0, np.uint8)

    def encode(
        self,
        indptr: NDArray[Any],
        indices: NDArray[Any],
        data: NDArray[np.float32],
        labels: NDArray[np.float32] | None,
    ) -> NDArray[np.uint8]:
        """The frames of some rows, in order: (bytes,) uint8, valid until the next call.

        indptr: (rows + 1,) where each row begins in ``indices`` and ``data``, which may hold other rows besides.
        labels: (rows,), or None, as the encoder was made for. Nothing is checked: that is the care of ``write_records``.
        """
        held = slice(int(indptr[0]), int(indptr[-1]))
        starts, keys, values = (indptr - indptr[0]).astype(np.int64, copy=False), indices[held], data[held]
        if starts.size == 1:
            return self._octets[:0]
        if int(keys.max(initial=0)) >= _WORD_KEYS or not overlap.stores_in_order():
            return grouped.encode(starts, keys.astype(np.int64), values, labels, self._n_columns)
        return self._encode(starts, keys, values, labels)

    def _encode(
        self,
        starts: NDArray[np.int64],
        keys: NDArray[Any],
        values: NDArray[np.float32],
        labels: NDArray[np.float32] | None,
    ) -> NDArray[np.uint8]:
        packed, key_starts = _pack(keys)
        key_starts = key_starts[starts]
        nnz, key_bytes = np.diff(starts), np.diff(key_starts)
        kinds, kind = _kinds(nnz, key_bytes)
        made = headers.make(*kinds, shape_bytes=self._shape_bytes, label_bytes=self._label_bytes)
        tails = self._tails(labels)
        source, (headers_at, values_at, keys_at, tails_at) = self._join(
            [made.octets.ravel(), np.ascontiguousarray(values, "<f4").view(np.uint8), packed, tails.ravel()]
        )
        lie, sizes = np.empty((2, kind.size, 5), np.int64)
        lie[:, 0] = headers_at + headers.ROOM * kind
        lie[:, 1] = values_at + 4 * starts[:-1]
        lie[:, 2] = lie[:, 0] + headers.KEYS_FIELD_AT
        lie[:, 3] = keys_at + key_starts[:-1]
        lie[:, 4] = tails_at + tails.shape[1] * np.arange(len(tails))
        sizes[:, 0] = made.lengths[kind]
        sizes[:, 1] = 4 * nnz
        sizes[:, 2] = made.keys_field_lengths[kind]
        sizes[:, 3] = key_bytes
        sizes[:, 4] = made.sizes[kind] - sizes[:, :4].sum(axis=1)
        total = int(made.sizes[kind].sum())
        self._octets = _room(self._octets, total + _SLACK)
        _lay(source, lie.ravel(), sizes.ravel(), self._octets)
        return self._octets[:total]

    def _tails(self, labels: NDArray[np.float32] | None) -> NDArray[np.uint8]:
        """(rows, bytes) shape, label and padding; (1, bytes) for all rows where they have no label."""
        if labels is None:
            return self._tail[None]
        tails = np.tile(self._tail, (labels.size, 1))
        stop = self._tail.size - MAX_PADDING
        tails[:, stop - 4 : stop] = np.ascontiguousarray(labels, "<f4")[:, None].view(np.uint8)
        return tails

    def _join(self, parts: list[NDArray[np.uint8]]) -> tuple[NDArray[np.uint8], list[int]]:
        """All parts in one buffer with some room behind them, and where each begins."""
        *starts, stop = [0, *accumulate(part.size for part in parts)]
        self._source = _room(self._source, stop + _SLACK)
        for start, part in zip(starts, parts, strict=True):
            self._source[start : start + part.size] = part
        return self._source, starts


def _pack(keys: NDArray[Any]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The varints of all keys, and (keys + 1,) where each begins."""
    words, lengths = varint.pack(keys, int(keys.max(initial=0)))
    starts = np.zeros(keys.size + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    octets = np.empty(int(starts[-1]) + words.itemsize, np.uint8)
    windows(octets, words.dtype.newbyteorder("<"))[starts[:-1]] = words
    return octets, starts


def _kinds(
    nnz: NDArray[np.int64], key_bytes: NDArray[np.int64]
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], NDArray[np.intp]]:
    """The distinct pairs of a row's numbers, and which of them each row has; or every row's, where that is simpler."""
    step = int(key_bytes.max(initial=0)) + 1
    codes = nnz * step + key_bytes
    if (bound := int(codes.max(initial=0)) + 1) > 4 * nnz.size:
        return (nnz, key_bytes), np.arange(nnz.size)
    distinct = np.flatnonzero(np.bincount(codes, minlength=bound))
    number = np.empty(bound, np.intp)
    number[distinct] = np.arange(distinct.size)
    return (distinct // step, distinct % step), number[codes]


def _lay(
    source: NDArray[np.uint8], lie: NDArray[np.int64], sizes: NDArray[np.int64], octets: NDArray[np.uint8]
) -> None:
    """Lays the pieces that lie at ``lie`` end to end in ``octets``; both buffers have room behind the pieces.

    lie, sizes: (pieces,).
    """
    longest, go = int(sizes.max()), np.cumsum(sizes) - sizes
    if longest > _LONGEST_COPY:
        longest, copies = _LONGEST_COPY, -(-sizes // _LONGEST_COPY)
        firsts = np.cumsum(copies) - copies
        within = longest * (np.arange(int(copies.sum())) - np.repeat(firsts, copies))
        lie, go = np.repeat(lie, copies) + within, np.repeat(go, copies) + within
    whence, whither = (windows(buffer, f"V{longest}") for buffer in (source, octets))
    for start in range(0, go.size, _COPIES):
        block = slice(start, start + _COPIES)
        whither[go[block]] = whence[lie[block]]


def _room(buffer: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The buffer, or a larger one."""
    return buffer if buffer.size >= size else np.empty(size + size // 4, np.uint8)
