"""RecordIO-protobuf to CSR rows, without a Python loop over records.

One payload of each layout is parsed; the others must equal it in every byte that is not a number, and then the numbers
of all of them are taken at once. So every byte is checked, at the price of one parse a layout.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from prep.recordio import varint
from prep.recordio.errors import KeyOutOfRange, MalformedRecord, MissingFeatures, MixedLabels, WrongShape
from prep.recordio.framing import HEADER_BYTES, split
from prep.recordio.layout import VALUES, Features, Layout, parse
from prep.recordio.wire import Span
from prep.triplet import Triplet

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Buffer = bytes | bytearray | memoryview | NDArray[np.uint8]

CHUNK_RECORDS = 1 << 16
"""Records taken apart at a time, which bounds the working memory beside the result."""


def read_records(
    buffer: Buffer, *, n_columns: int | None = None
) -> tuple[csr_array[Any, tuple[int, int]], NDArray[np.float32] | None]:
    """The rows as a ``csr_array`` of (records, feature_dim) float32; otherwise as ``read_triplet``."""
    rows, labels = read_triplet(buffer, n_columns=n_columns)
    return rows.to_csr(), labels


def read_triplet(buffer: Buffer, *, n_columns: int | None = None) -> tuple[Triplet, NDArray[np.float32] | None]:
    """The rows of whole RecordIO-protobuf records, and their labels, (records,) float32, or None where none has one.

    Keys keep their order, and explicit zeros stay. A dense record becomes a row with all of its values stored.
    n_columns: the width to insist on; otherwise the first record's, 0 where there is no record.
    Raises TruncatedRecord, BadMagic, MalformedRecord or one of its kinds, or KeyOutOfRange, with the byte offset.
    """
    parts, width = list[_Numbers](), n_columns
    for alike in _by_layout(buffer):
        width = _width(alike, width)
        parts.append(_numbers(alike))
    return _assemble(parts, width or 0), _labels(parts).get(VALUES)


def read_labels(buffer: Buffer) -> dict[str, NDArray[np.float32]]:
    """The labels of each record by name, (records,) float32 each; what the algorithm answers with.

    Raises TruncatedRecord, BadMagic, MalformedRecord or one of its kinds, with the byte offset.
    """
    return _labels([_numbers(alike) for alike in _by_layout(buffer)])


@dataclass(frozen=True, kw_only=True)
class _Alike:
    """Payloads of one layout. ``rows``, ``starts``: (records,) number, offset; ``block``: (records, size) bytes."""

    layout: Layout
    rows: NDArray[np.intp]
    starts: NDArray[np.int64]
    block: NDArray[np.uint8]

    @property
    def at(self) -> int:
        """Where the first of the records begins."""
        return int(self.starts[0]) - HEADER_BYTES

    def octets(self, span: Span) -> NDArray[np.uint8]:
        """(records, span) bytes."""
        return np.ascontiguousarray(self.block[:, span.start : span.stop])

    def floats(self, span: Span) -> NDArray[np.float32]:
        """(records, span / 4)."""
        return self.octets(span).view("<f4").astype(np.float32, copy=False)


@dataclass(frozen=True, kw_only=True)
class _Numbers:
    """What payloads of one layout hold. ``keys``, ``values``: (records, nnz); a label: (records,)."""

    rows: NDArray[np.intp]
    keys: NDArray[np.int64]
    values: NDArray[np.float32]
    labels: dict[str, NDArray[np.float32]]


def _by_layout(buffer: Buffer) -> Iterator[_Alike]:
    """The records of each layout, those like the first record first. Raises MixedLabels where the label sets differ.

    Whoever finds a layout wrong stops here: where no two records are alike, taking all of them apart is quadratic.
    """
    octets = np.frombuffer(buffer, np.uint8)
    starts, lengths = split(octets)
    expected: Layout | None = None
    for first in range(0, starts.size, CHUNK_RECORDS):
        chunk = lengths[first : first + CHUNK_RECORDS]
        for size in dict.fromkeys(chunk.tolist()):
            rows = first + np.flatnonzero(chunk == size)
            block = sliding_window_view(octets, size)[starts[rows]]
            while rows.size:
                layout = parse(block[0].tobytes(), int(starts[rows[0]]))
                expected = expected or layout
                same = ((block == block[0]) | ~layout.fixed()).all(axis=1)
                alike = _Alike(layout=layout, rows=rows[same], starts=starts[rows[same]], block=block[same])
                _check_labels(alike, expected)
                yield alike
                rows, block = rows[~same], block[~same]


def _check_labels(alike: _Alike, expected: Layout) -> None:
    found = alike.layout.labels
    if found.keys() != expected.labels.keys():
        raise MixedLabels(f"record at byte {alike.at}: labels {sorted(found)}, expected {sorted(expected.labels)}")


def _width(alike: _Alike, expected: int | None) -> int:
    """Columns of these rows; ``expected``: how many to insist on. Raises MixedLabels, MissingFeatures, WrongShape."""
    layout = alike.layout
    if not layout.labels.keys() <= {VALUES}:
        raise MixedLabels(f"labels {sorted(layout.labels)}, expected {VALUES!r} or none")
    if layout.features is None:
        raise MissingFeatures(f"record at byte {alike.at}: no features, expected a float32 tensor")
    found = layout.features.n_columns
    if expected is not None and found != expected:
        raise WrongShape(f"record at byte {alike.at}: row of {found} columns, expected {expected}")
    return found


def _numbers(alike: _Alike) -> _Numbers:
    features = alike.layout.features
    return _Numbers(
        rows=alike.rows,
        keys=np.empty((alike.rows.size, 0), np.int64) if features is None else _keys(alike, features),
        values=alike.floats(Span(0, 0) if features is None else features.values),
        labels={name: alike.floats(span)[:, 0] for name, span in alike.layout.labels.items()},
    )


def _keys(alike: _Alike, features: Features) -> NDArray[np.int64]:
    """(records, nnz) columns, checked."""
    shape = alike.rows.size, features.nnz
    if features.keys is None:
        return np.broadcast_to(np.arange(features.nnz), shape)
    octets = alike.octets(features.keys)
    ends = octets < 0x80
    wrong = np.flatnonzero((np.count_nonzero(ends, axis=1) != features.nnz) | ~ends[:, -1:].all(axis=1))
    if wrong.size:
        at, found = alike.starts[wrong[0]] + features.keys.start, np.count_nonzero(ends[wrong[0]])
        raise MalformedRecord(f"byte {at}: {found} keys in {features.keys.size} bytes, expected {features.nnz}")
    keys = varint.decode(octets.ravel()).reshape(shape)
    outside = np.argwhere((keys < 0) | (keys >= features.n_columns))
    if outside.size:
        row, place = outside[0]
        at = alike.starts[row] + features.keys.start
        key = f"key {keys[row, place]}" if keys[row, place] >= 0 else f"a key of more than {varint.MAX_BYTES} bytes"
        raise KeyOutOfRange(f"byte {at}: {key}, expected 0..{features.n_columns - 1}")
    return keys


def _labels(parts: list[_Numbers]) -> dict[str, NDArray[np.float32]]:
    """The label columns in the order of the records; all parts have the same ones."""
    records = sum(part.rows.size for part in parts)
    columns = {name: np.empty(records, np.float32) for name in (parts[0].labels if parts else ())}
    for part in parts:
        for name, column in part.labels.items():
            columns[name][part.rows] = column
    return columns


def _assemble(parts: list[_Numbers], n_columns: int) -> Triplet:
    """The rows in the order of the records."""
    lengths = np.zeros(sum(part.rows.size for part in parts), np.int64)
    for part in parts:
        lengths[part.rows] = part.keys.shape[1]
    indptr = np.zeros(lengths.size + 1, np.int64)
    np.cumsum(lengths, out=indptr[1:])
    indices, data = np.empty(indptr[-1], np.int64), np.empty(indptr[-1], np.float32)
    for part in parts:
        starts = indptr[part.rows]
        sliding_window_view(indices, part.keys.shape[1], writeable=True)[starts] = part.keys
        sliding_window_view(data, part.keys.shape[1], writeable=True)[starts] = part.values
    return Triplet(indptr=indptr, indices=indices, data=data, n_columns=n_columns)
