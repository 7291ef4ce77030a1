"""The numbers of many payloads at once: taken out of payloads of one layout, and put in the order of the records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep.recordio import varint
from prep.recordio.blocks import Block
from prep.recordio.errors import KeyOutOfRange, MalformedRecord
from prep.recordio.framing import HEADER_BYTES
from prep.recordio.layout import Features, Layout
from prep.recordio.overlap import windows
from prep.recordio.wire import Span


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What records hold, in order. ``nnz``: (records,); ``keys``, ``values``: those of all; a label: (records,)."""

    nnz: NDArray[np.int64]
    keys: NDArray[np.int64]
    values: NDArray[np.float32]
    labels: dict[str, NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What payloads of one layout hold. ``rows``: (records,) of a chunk; ``keys``, ``values``: (records, nnz)."""

    rows: NDArray[np.intp]
    keys: NDArray[np.int64]
    values: NDArray[np.float32]
    labels: dict[str, NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Payloads of one length.

    rows: (records,) their numbers in a chunk. payloads: (records, length), whose rows may be apart in memory, but not
    the bytes of one. starts, at: of all records of the chunk, where the payload starts in the block; and where that
    stands in the input.
    """

    rows: NDArray[np.intp]
    payloads: NDArray[np.uint8]
    starts: NDArray[np.int64]
    at: int

    @classmethod
    def of(cls, block: Block, chunk: slice, length: int) -> Alike:
        """The payloads of this length in a chunk of the records of a block; copies, unless all of them have it."""
        starts, lengths = block.starts[chunk], block.lengths[chunk]
        rows = np.flatnonzero(lengths == length)
        step = (length + 3) // 4 * 4 + HEADER_BYTES
        if step - HEADER_BYTES - 4 < int(lengths.min()) <= int(lengths.max()) <= step - HEADER_BYTES:
            # Frames of one size, of which each is a row of a table.
            front = int(starts[0]) - HEADER_BYTES
            frames = block.octets[front : front + step * starts.size].reshape(-1, step)
            if rows.size < starts.size:
                frames = frames.view(f"V{step}")[:, 0].take(rows).view(np.uint8).reshape(-1, step)
            payloads = frames[:, HEADER_BYTES : HEADER_BYTES + length]
        elif length:
            payloads = windows(block.octets, f"V{length}")[starts[rows]].view(np.uint8).reshape(-1, length)
        else:
            payloads = np.empty((rows.size, 0), np.uint8)
        return cls(rows=rows, payloads=payloads, starts=starts, at=block.at)

    def place(self, record: int) -> int:
        """Where in the input one of these payloads begins."""
        return self.at + int(self.starts[self.rows[record]])

    def equal_first(self, layout: Layout) -> NDArray[np.bool_]:
        """(records,) which payloads have the layout of the first one: its bytes in all places that are not numbers."""
        same = np.ones(self.rows.size, np.bool_)
        for span in _runs(layout.fixed()):
            for place in _words(span):
                column = self.column(place).view(f"u{place.size}")
                same &= column == column[0]
        return same

    def divide(self, chosen: NDArray[np.bool_]) -> tuple[Alike, Alike]:
        """The chosen ones, and the others."""
        if chosen.all():
            return self, self._where(slice(0, 0))
        return self._where(chosen), self._where(~chosen)

    def first(self) -> tuple[Alike, Alike]:
        """The first one, and the others."""
        return self._where(slice(0, 1)), self._where(slice(1, None))

    def column(self, span: Span) -> NDArray[Any]:
        """(records,) view of the same bytes of each, one or more."""
        return self.payloads[:, span.start : span.stop].view(f"V{span.size}")[:, 0]

    def octets(self, span: Span) -> NDArray[np.uint8]:
        """(records, span) copy of the same bytes of each."""
        if span.size == 0:
            return np.empty((self.rows.size, 0), np.uint8)
        return self.column(span).copy().view(np.uint8).reshape(self.rows.size, -1)

    def floats(self, span: Span) -> NDArray[np.float32]:
        """(records, span / 4)."""
        return self.octets(span).view("<f4").astype(np.float32, copy=False)

    def _where(self, chosen: NDArray[np.bool_] | slice) -> Alike:
        return replace(self, rows=self.rows[chosen], payloads=self.payloads[chosen])


def take_apart(alike: Alike, layout: Layout) -> Numbers:
    """The numbers of payloads of this layout. Raises MalformedRecord or KeyOutOfRange."""
    features = layout.features
    return Numbers(
        rows=alike.rows,
        keys=np.empty((alike.rows.size, 0), np.int64) if features is None else _keys(alike, features),
        values=alike.floats(Span(0, 0) if features is None else features.values),
        labels={name: alike.floats(span)[:, 0] for name, span in layout.labels.items()},
    )


def assemble(parts: list[Numbers]) -> Batch:
    """The numbers of all records of a chunk, in order; all parts have the same labels."""
    if len(parts) == 1:
        (part,) = parts
        nnz = np.full(part.rows.size, part.keys.shape[1])
        return Batch(nnz=nnz, keys=part.keys.ravel(), values=part.values.ravel(), labels=part.labels)
    nnz = np.full(sum(part.rows.size for part in parts), parts[0].keys.shape[1])
    are_equal = all(part.keys.shape[1] == parts[0].keys.shape[1] for part in parts)
    for part in () if are_equal else parts:
        nnz[part.rows] = part.keys.shape[1]
    ends = np.empty(0, np.int64) if are_equal else np.cumsum(nnz)
    total = nnz.size * int(nnz[0]) if are_equal else int(ends[-1])
    keys, values = np.empty(total, np.int64), np.empty(total, np.float32)
    labels = {name: np.empty(nnz.size, np.float32) for name in parts[0].labels}
    for part in parts:
        if are_equal:
            _put_rows(keys, part.rows, part.keys)
            _put_rows(values, part.rows, part.values)
        else:
            starts = ends[part.rows] - part.keys.shape[1]
            _put(keys, starts, part.keys)
            _put(values, starts, part.values)
        for name, column in part.labels.items():
            labels[name][part.rows] = column
    return Batch(nnz=nnz, keys=keys, values=values, labels=labels)


def concatenate(batches: list[Batch]) -> Batch:
    """One batch after the other; all have the same labels."""
    if len(batches) == 1:
        return batches[0]
    return Batch(
        nnz=np.concatenate([np.empty(0, np.int64), *(batch.nnz for batch in batches)]),
        keys=np.concatenate([np.empty(0, np.int64), *(batch.keys for batch in batches)]),
        values=np.concatenate([np.empty(0, np.float32), *(batch.values for batch in batches)]),
        labels={
            name: np.concatenate([batch.labels[name] for batch in batches])
            for name in (batches[0].labels if batches else ())
        },
    )


def _put_rows(flat: NDArray[Any], rows: NDArray[np.intp], numbers: NDArray[Any]) -> None:
    """Puts each row of ``numbers`` in its place among rows of the same length."""
    size = numbers.shape[1] * numbers.itemsize
    if size:
        # NumPy is several times as fast at numbers of these sizes as at bytes.
        whole = {4: "u4", 8: "u8", 16: "c16"}.get(size, f"V{size}")
        flat.view(whole)[rows] = np.ascontiguousarray(numbers).view(whole)[:, 0]


def _put(flat: NDArray[Any], starts: NDArray[np.int64], rows: NDArray[Any]) -> None:
    """Puts each row of ``rows`` in its place in ``flat``."""
    if rows.shape[1]:
        whole = f"V{rows.shape[1] * rows.itemsize}"
        windows(flat.view(np.uint8), whole)[starts * rows.itemsize] = np.ascontiguousarray(rows).view(whole)[:, 0]


def _keys(alike: Alike, features: Features) -> NDArray[np.int64]:
    """(records, nnz) columns, checked."""
    if features.keys is None:
        return np.broadcast_to(np.arange(features.nnz), (alike.rows.size, features.nnz))
    keys = _keys_of_one_pattern(alike, features)
    if keys is None:
        keys = _keys_of_any_pattern(alike, features)
    # As unsigned, the -1 of a key that is too long is a large one.
    if keys.size and int(keys.view(np.uint64).max()) >= features.n_columns:
        row, place = np.argwhere((keys < 0) | (keys >= features.n_columns))[0]
        at = alike.place(row) + features.keys.start
        key = f"key {keys[row, place]}" if keys[row, place] >= 0 else f"a key of more than {varint.MAX_BYTES} bytes"
        raise KeyOutOfRange(f"byte {at}: {key}, expected 0..{features.n_columns - 1}")
    return keys


def _keys_of_one_pattern(alike: Alike, features: Features) -> NDArray[np.int64] | None:
    """(records, nnz) keys where those of each row fit a word, and have the same lengths in all rows; else None."""
    span = features.keys
    if span is None or not 0 < span.size <= varint.WORD_BYTES <= alike.payloads.shape[1] - span.start:
        return None
    words = alike.column(Span(span.start, span.start + varint.WORD_BYTES)).view("<u8").copy()
    lengths = varint.lengths(alike.payloads[0, span.start : span.stop].tobytes())
    more = sum(varint.MORE << 8 * place for place in range(span.size))
    pattern = np.uint64(int(words[0]) & more)
    if len(lengths) != features.nnz or not (words & np.uint64(more) == pattern).all():
        return None
    keys = np.empty((alike.rows.size, features.nnz), np.int64)
    for number, length in enumerate(lengths):
        keys[:, number] = varint.unpack(words, length)
        words >>= np.uint64(8 * length)
    return keys


def _keys_of_any_pattern(alike: Alike, features: Features) -> NDArray[np.int64]:
    """(records, nnz) keys, each row with as many, and -1 for one that is too long. Raises MalformedRecord."""
    span, shape = features.keys or Span(0, 0), (alike.rows.size, features.nnz)
    octets = alike.octets(span)
    ends = varint.ends(octets.ravel())
    if not _are_complete(ends, shape, span.size):
        raise _wrong_count(alike, features, octets)
    return varint.decode(octets.ravel(), ends).reshape(shape)


def _are_complete(ends: NDArray[np.int64], shape: tuple[int, int], row_bytes: int) -> bool:
    """Whether the varints that end there are as many in each row of so many bytes, and the last ends it."""
    rows, nnz = shape
    if nnz == 0:
        return row_bytes == 0
    return ends.size == rows * nnz and np.array_equal(ends[nnz - 1 :: nnz], row_bytes * np.arange(1, rows + 1))


def _wrong_count(alike: Alike, features: Features, octets: NDArray[np.uint8]) -> MalformedRecord:
    """Which row has too many keys or too few, or an unfinished one."""
    ends = octets < varint.MORE
    wrong = (np.count_nonzero(ends, axis=1) != features.nnz) | ~ends[:, -1:].all(axis=1)
    row = int(np.argmax(wrong))
    at = alike.place(row) + (features.keys or Span(0, 0)).start
    found = np.count_nonzero(ends[row])
    return MalformedRecord(f"byte {at}: {found} keys in {octets.shape[1]} bytes, expected {features.nnz}")


def _runs(mask: NDArray[np.bool_]) -> Iterator[Span]:
    """The places where the mask is true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False]))))
    for start, stop in edges.reshape(-1, 2).tolist():
        yield Span(start, stop)


def _words(span: Span) -> Iterator[Span]:
    """Words of 8, 4, 2 or 1 bytes that cover a span; the last one may overlap the one before."""
    size = next(size for size in (8, 4, 2, 1) if size <= span.size)
    for start in range(span.start, span.stop, size):
        begin = min(start, span.stop - size)
        yield Span(begin, begin + size)
