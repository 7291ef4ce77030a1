"""RecordIO-protobuf to CSR rows, without a Python loop over records.

One payload of each layout is parsed; the others must equal it in every byte that is not a number, and then the numbers
of all of them are taken at once. So every byte is checked, at the price of one parse a layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from prep.recordio import blocks
from prep.recordio.blocks import Block, Buffer
from prep.recordio.errors import MissingFeatures, MixedLabels, WrongShape
from prep.recordio.framing import HEADER_BYTES
from prep.recordio.layout import VALUES, Layout, parse
from prep.recordio.memory import keep_freed
from prep.recordio.numbers import Alike, Batch, Numbers, assemble, concatenate, take_apart
from prep.triplet import Triplet

if TYPE_CHECKING:
    from scipy.sparse import csr_array

CHUNK_RECORDS = 1 << 17
"""Records taken apart at a time, at most."""

_FEW = 8
"""So few lengths are looked for one by one."""

_PARSE_COST = 4_096
"""To parse a payload and to take its numbers apart takes about as long as comparing this many with another one."""

Labels = NDArray[np.float32]


def read_records(
    buffer: Buffer, *, n_columns: int | None = None
) -> tuple[csr_array[Any, tuple[int, int]], Labels | None]:
    """The rows as a ``csr_array`` of (records, feature_dim) float32; otherwise as ``read_triplet``."""
    rows, labels = read_triplet(buffer, n_columns=n_columns)
    return rows.to_csr(), labels


def read_triplet(buffer: Buffer, *, n_columns: int | None = None) -> tuple[Triplet, Labels | None]:
    """The rows of whole RecordIO-protobuf records, and their labels, (records,) float32, or None where none has one.

    Keys keep their order, and explicit zeros stay. A dense record becomes a row with all of its values stored.
    n_columns: the width to insist on; otherwise the first record's, 0 where there is no record.
    Raises TruncatedRecord, BadMagic, MalformedRecord or one of its kinds, or KeyOutOfRange, with the byte offset.
    """
    reader = _RowReader(n_columns)
    return reader.rows_of(concatenate(list(reader.batches(blocks.of_buffer(buffer)))))


def read_batches(stream: BinaryIO, *, n_columns: int | None = None) -> Iterator[tuple[Triplet, Labels | None]]:
    """The rows of a stream of any length, some thousands at a time, in order: each time as ``read_triplet``'s.

    stream: from where the first record begins to where the last one ends. It is read as the batches are asked for, and
    held in memory some megabytes at a time. Raises what ``read_triplet`` does, or RecordTooLarge, when it comes there.
    """
    reader = _RowReader(n_columns)
    for batch in reader.batches(blocks.of_stream(stream)):
        yield reader.rows_of(batch)


def read_labels(buffer: Buffer) -> dict[str, Labels]:
    """The labels of each record by name, (records,) float32 each; what the algorithm answers with.

    Raises TruncatedRecord, BadMagic, MalformedRecord or one of its kinds, with the byte offset.
    """
    return concatenate(list(_Reader().batches(blocks.of_buffer(buffer)))).labels


class _Reader:
    """Takes records apart, and sees to it that they have the same labels."""

    def __init__(self) -> None:
        self._labels: frozenset[str] | None = None
        keep_freed()

    def batches(self, blocks: Iterable[Block]) -> Iterator[Batch]:
        """The numbers of some records at a time, in order."""
        for block in blocks:
            for first in range(0, block.starts.size, CHUNK_RECORDS):
                yield assemble(list(self._numbers(block, slice(first, first + CHUNK_RECORDS))))

    def check(self, layout: Layout, at: int) -> None:
        """Raises MixedLabels where the labels of a record at byte ``at`` are not those of the first one."""
        found = frozenset(layout.labels)
        if self._labels is None:
            self._labels = found
        elif found != self._labels:
            raise MixedLabels(f"record at byte {at}: labels {sorted(found)}, expected {sorted(self._labels)}")

    def _numbers(self, block: Block, chunk: slice) -> Iterator[Numbers]:
        """The numbers of each layout, those like the first record first."""
        for length in _distinct(block.lengths[chunk]):
            alike = Alike.of(block, chunk, length)
            compared = parsed = 0
            while alike.rows.size:
                layout = parse(alike.payloads[0].tobytes(), alike.place(0))
                self.check(layout, alike.place(0) - HEADER_BYTES)
                # Where hardly any are alike, comparing each with all the others would be quadratic.
                if compared <= _PARSE_COST * parsed + CHUNK_RECORDS:
                    compared += alike.rows.size
                    these, alike = alike.divide(alike.equal_first(layout))
                else:
                    these, alike = alike.first()
                parsed += 1
                yield take_apart(these, layout)


class _RowReader(_Reader):
    """Also sees to it that the records are rows of one width, with the training label or without."""

    def __init__(self, n_columns: int | None) -> None:
        super().__init__()
        self._n_columns = n_columns

    def check(self, layout: Layout, at: int) -> None:
        """Raises MixedLabels, MissingFeatures or WrongShape."""
        super().check(layout, at)
        if not layout.labels.keys() <= {VALUES}:
            raise MixedLabels(f"labels {sorted(layout.labels)}, expected {VALUES!r} or none")
        if layout.features is None:
            raise MissingFeatures(f"record at byte {at}: no features, expected a float32 tensor")
        found = layout.features.n_columns
        if self._n_columns is None:
            self._n_columns = found
        elif found != self._n_columns:
            raise WrongShape(f"record at byte {at}: row of {found} columns, expected {self._n_columns}")

    def rows_of(self, batch: Batch) -> tuple[Triplet, Labels | None]:
        """The rows and their labels."""
        indptr = np.zeros(batch.nnz.size + 1, np.int64)
        np.cumsum(batch.nnz, out=indptr[1:])
        rows = Triplet(indptr=indptr, indices=batch.keys, data=batch.values, n_columns=self._n_columns or 0)
        return rows, batch.labels.get(VALUES)


def _distinct(lengths: NDArray[np.int64]) -> list[int]:
    """The distinct ones, the first one first, as what is wrong with the first record is to be said first."""
    first, least, most = int(lengths[0]), int(lengths.min()), int(lengths.max())
    if most - least < _FEW:
        found = [length for length in range(least, most + 1) if (lengths == length).any()]
    elif most > 4 * lengths.size:
        found = list(dict.fromkeys(lengths.tolist()))
    else:
        found = np.flatnonzero(np.bincount(lengths)).tolist()
    return [first, *(length for length in found if length != first)]
