"""Any CSR rows to RecordIO-protobuf, without a Python loop over rows or over kinds of rows.

A frame is a run of five pieces: header, values, opening of the keys, keys, and a tail with the shape and the label.
Each piece of all rows is laid at once, with copies of one size: what a copy is too long, later copies overwrite. So the
order of the pieces matters: nothing may be laid over what is to stay.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep.recordio import grouped, overlap, varint
from prep.recordio.framing import MAX_PADDING
from prep.recordio.headers import Headers, Kinds
from prep.recordio.keys import LONGEST_COPY, pack
from prep.recordio.layout import TENSOR_SHAPE, VALUES, blank_labels
from prep.recordio.memory import keep_freed
from prep.recordio.overlap import windows
from prep.recordio.wire import field

_WORD = np.dtype("<u8")
_WORD_KEYS = 1 << 56
"""Keys below this have varints that fit a word with their continuation bits."""

_COPIES = 1 << 13
"""Copies made at a time: what is on its way between source and frames stays in the cache."""


class FlatEncoder:
    """Encodes blocks of rows of one width, all with a label or all without.

    n_columns: the width. An encoder keeps its buffers, so one thread at a time may use it.
    """

    def __init__(self, n_columns: int, *, labelled: bool) -> None:
        keep_freed()
        self._n_columns = n_columns
        shape = field(TENSOR_SHAPE, varint.encode_one(n_columns))
        label = blank_labels([VALUES] if labelled else [])
        self._kinds = Kinds(shape_bytes=len(shape), label_bytes=len(label))
        self._tail = np.frombuffer(shape + label + bytes(MAX_PADDING), np.uint8)
        self._tails = np.empty((0, self._tail.size), np.uint8)
        self._values, self._octets = np.empty(0, np.uint8), np.empty(0, np.uint8)

    def encode(
        self,
        indptr: NDArray[Any],
        indices: NDArray[Any],
        data: NDArray[np.float32],
        labels: NDArray[np.float32] | None,
    ) -> NDArray[np.uint8]:
        """The frames of some rows, in order: (bytes,) uint8, valid until the next call.

        indptr: (rows + 1,) where each row begins in ``indices`` and ``data``, which may hold other rows besides.
        labels: (rows,), or None, as the encoder was made for. Nothing is checked; ``write_records`` does that.
        """
        held = slice(int(indptr[0]), int(indptr[-1]))
        starts, keys = (indptr - indptr[0]).astype(np.int64, copy=False), indices[held]
        if starts.size == 1:
            return self._octets[:0]
        largest = int(keys.max(initial=0))
        if largest >= _WORD_KEYS or not overlap.stores_in_order():
            return grouped.encode(starts, keys.astype(np.int64), data[held], labels, self._n_columns)
        return self._encode(starts, pack(keys, largest, starts), self._copyable(data, held), labels)

    def _encode(
        self,
        starts: NDArray[np.int64],
        packed: tuple[NDArray[np.uint8], NDArray[np.int64]],
        values: NDArray[np.uint8],
        labels: NDArray[np.float32] | None,
    ) -> NDArray[np.uint8]:
        keys, key_starts = packed
        nnz, key_bytes = np.diff(starts), np.diff(key_starts)
        headers, kind = self._kinds.of(nnz, key_bytes)
        sizes, lengths = headers.sizes.take(kind), headers.lengths.take(kind)
        ends = np.cumsum(sizes)
        octets = self._octets = _room(self._octets, int(ends[-1]) + LONGEST_COPY)
        at_values = ends - sizes + lengths
        at_opening = at_values + 4 * nnz
        at_keys = at_opening + headers.opening_lengths.take(kind)

        _lay(octets, at_values, values, 4 * starts[:-1], 4 * nnz, longest=LONGEST_COPY)
        windows(octets, _WORD)[at_opening] = headers.openings.take(kind)
        # A copy of keys may reach over tail and next header, which come later, but not to the next values.
        before_values = self._tail.size - MAX_PADDING + int(lengths.min())
        _lay(octets, at_keys, keys, key_starts[:-1], key_bytes, longest=min(before_values, LONGEST_COPY))
        tails = self._labelled_tails(labels)
        windows(octets, tails.dtype)[at_keys + key_bytes] = tails
        _lay_headers(octets, ends - sizes, headers, kind, lengths)
        return octets[: ends[-1]]

    def _copyable(self, data: NDArray[np.float32], held: slice) -> NDArray[np.uint8]:
        """The bytes of these values, and behind them some more that may be copied, of other values or of none."""
        if data.flags.c_contiguous and held.stop + LONGEST_COPY // 4 <= data.size and sys.byteorder == "little":
            return data[held.start :].view(np.uint8)
        size = 4 * (held.stop - held.start)
        self._values = _room(self._values, size + LONGEST_COPY)
        self._values[:size].view("<f4")[...] = data[held]
        return self._values

    def _labelled_tails(self, labels: NDArray[np.float32] | None) -> NDArray[np.void]:
        """(rows,) tails with these labels and all the padding there may be; (1,) without labels."""
        rows = 1 if labels is None else labels.size
        if rows > len(self._tails):
            self._tails = np.tile(self._tail, (rows, 1))
        if labels is not None:
            place = slice(self._tail.size - MAX_PADDING - 4, self._tail.size - MAX_PADDING)
            self._tails[:rows, place].view("<f4")[:, 0] = labels
        return self._tails[:rows].view(f"V{self._tail.size}")[:, 0]


def _lay(
    octets: NDArray[np.uint8],
    at: NDArray[np.int64],
    source: NDArray[np.uint8],
    lie: NDArray[np.int64],
    sizes: NDArray[np.int64],
    *,
    longest: int,
) -> None:
    """Lays the pieces that lie at ``lie`` in the source at ``at``, with copies of ``longest`` bytes or less.

    at, lie, sizes: (pieces,); they lie end to end from the source's front. Both buffers have room for one copy behind
    the last piece.
    """
    size = int(sizes.max())
    if size == 0:
        return
    if size <= longest and int(sizes.min()) == size:  # equal pieces need not be gathered
        windows(octets, f"V{size}")[at] = source[: size * at.size].view(f"V{size}")
        return
    if size > longest:
        size, copies = longest, -(-sizes // longest)
        firsts = np.cumsum(copies) - copies
        within = longest * (np.arange(int(copies.sum())) - np.repeat(firsts, copies))
        lie, at = np.repeat(lie, copies) + within, np.repeat(at, copies) + within
    whence, whither = windows(source, f"V{size}"), windows(octets, f"V{size}")
    for start in range(0, at.size, _COPIES):
        block = slice(start, start + _COPIES)
        whither[at[block]] = whence[lie[block]]


def _lay_headers(
    octets: NDArray[np.uint8],
    at: NDArray[np.int64],
    headers: Headers,
    kind: NDArray[np.intp],
    lengths: NDArray[np.int64],
) -> None:
    """Lays the headers, all else being there: those of one length at a time, as nothing may come after them."""
    room = headers.octets.shape[1]
    table = headers.octets.view(f"V{room}")[:, 0]
    for length in range(int(lengths.min()), int(lengths.max()) + 1):
        rows = np.flatnonzero(lengths == length)
        if rows.size == 0:
            continue
        if rows.size < lengths.size:
            these, places = kind.take(rows), at.take(rows)
        else:
            these, places = kind, at
        front = table.take(these).view(np.uint8).reshape(-1, room)[:, :length]
        windows(octets, f"V{length}")[places] = front.view(f"V{length}")[:, 0]


def _room(buffer: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The buffer, or a larger one."""
    return buffer if buffer.size >= size else np.empty(size + size // 4, np.uint8)
