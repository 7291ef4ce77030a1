"""CSR rows to RecordIO-protobuf, byte for byte as the SageMaker SDK v2 writes them, without a Python loop over rows.

Rows with as many values and as many bytes of keys have one layout: such rows are copies of one blank frame, filled in
column by column and laid where they belong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from prep.recordio import varint
from prep.recordio.errors import KeyOutOfRange, LabelCountMismatch, NotAMatrix, NotCsr, WrongDtype
from prep.recordio.framing import HEADER_BYTES, frame
from prep.recordio.layout import VALUES, Layout, blank_dense, blank_labels, blank_sparse, parse
from prep.recordio.wire import Span
from prep.triplet import Triplet

CHUNK_BYTES = 8 << 20
"""About how much is encoded at a time: enough to spread the cost of each layout, little enough to stay small."""

Labels = Mapping[str, NDArray[np.float32]]


class CsrRows(Protocol):
    """What a ``Triplet``, a ``csr_array`` and a ``csr_matrix`` have in common."""

    @property
    def indptr(self) -> NDArray[Any]:
        """(rows + 1,) integers."""

    @property
    def indices(self) -> NDArray[Any]:
        """(values,) integers."""

    @property
    def data(self) -> NDArray[Any]:
        """(values,) float32."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows, columns)."""


def write_records(stream: BinaryIO, matrix: CsrRows, labels: NDArray[np.float32] | None = None) -> int:
    """Writes one record a row and returns the number of bytes written.

    stream: a buffered binary stream. matrix: (rows, columns) float32 in CSR form. labels: (rows,) float32, or None.
    Keys are written in the order in which they are stored, explicit zeros and duplicates too, as the SDK does.
    Raises WrongDtype, NotCsr, KeyOutOfRange or LabelCountMismatch, all before anything is written.
    """
    rows = _as_triplet(matrix)
    columns = {} if labels is None else {VALUES: np.asarray(labels)}
    _check_labels(columns, rows.rows)
    written = 0
    for first, stop in _chunks(rows.indptr):
        octets = _encode(rows, first, stop, {name: column[first:stop] for name, column in columns.items()})
        stream.write(octets.data)
        written += octets.size
    return written


def write_dense(stream: BinaryIO, matrix: NDArray[np.float32]) -> int:
    """Writes one record a row of a dense (rows, columns) float32 matrix, as the SDK does: no keys, no shape, no label.

    Returns the number of bytes written. Raises WrongDtype, or NotAMatrix: a row without a value could not be read back.
    """
    matrix = np.asarray(matrix)
    _check_dtype("data", matrix)
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        raise NotAMatrix(f"array of shape {matrix.shape}, expected (rows, columns) with a column or more")
    blank, layout = _blank_frame(blank_dense(matrix.shape[1]))
    block = np.tile(blank, (matrix.shape[0], 1))
    if layout.features is not None:
        _fill(block, layout.features.values, _octets(matrix))
    stream.write(block.data)
    return block.size


def write_labels(stream: BinaryIO, labels: Labels) -> int:
    """Writes one record a row with labels alone, as the algorithm answers: {"score": (rows,) float32, ...}.

    Returns the number of bytes written. Raises WrongDtype, or LabelCountMismatch where the columns differ in length.
    """
    labels = {name: np.asarray(column) for name, column in labels.items()}
    rows = max((column.size for column in labels.values()), default=0)
    _check_labels(labels, rows)
    blank, layout = _blank_frame(blank_labels(labels))
    block = np.tile(blank, (rows, 1))
    for name, span in layout.labels.items():
        _fill(block, span, _octets(labels[name][:, None]))
    stream.write(block.data)
    return block.size


def _as_triplet(matrix: CsrRows) -> Triplet:
    """The matrix as a Triplet, checked."""
    kind = getattr(matrix, "format", "csr" if hasattr(matrix, "indptr") else type(matrix).__name__)
    if kind != "csr":
        raise NotCsr(f"matrix in {kind} form, expected csr")
    _check_dtype("data", matrix.data)
    n_rows, n_columns = matrix.shape
    indptr, indices = (np.asarray(part).astype(np.int64, copy=False) for part in (matrix.indptr, matrix.indices))
    try:
        rows = Triplet(indptr=indptr, indices=indices, data=matrix.data, n_columns=int(n_columns))
    except ValueError as error:
        raise NotCsr(str(error)) from error
    if rows.rows != n_rows or (np.diff(indptr) < 0).any():
        raise NotCsr(f"indptr of {rows.rows} rows for shape {matrix.shape}, expected a number that grows for each row")
    outside = np.flatnonzero((indices < 0) | (indices >= n_columns))
    if outside.size:
        row = int(np.searchsorted(indptr, outside[0], side="right")) - 1
        raise KeyOutOfRange(f"row {row}: key {indices[outside[0]]}, expected 0..{n_columns - 1}")
    return rows


def _check_dtype(name: str, array: NDArray[Any]) -> None:
    if array.dtype != np.float32:
        raise WrongDtype(f"{name} is {array.dtype}, expected float32, which is all that Factorization Machines accepts")


def _check_labels(labels: Labels, rows: int) -> None:
    for name, column in labels.items():
        _check_dtype(f"label {name!r}", column)
        if column.shape != (rows,):
            raise LabelCountMismatch(f"label {name!r} has shape {column.shape}, expected ({rows},), one a row")


def _chunks(indptr: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Row ranges of about ``CHUNK_BYTES`` each."""
    cost = 64 * np.arange(indptr.size) + 12 * indptr
    cuts = np.searchsorted(cost, np.arange(CHUNK_BYTES, cost[-1], CHUNK_BYTES))
    edges = np.unique(np.concatenate(([0], cuts, [indptr.size - 1]))).tolist()
    return pairwise(edges)


def _encode(rows: Triplet, first: int, stop: int, labels: Labels) -> NDArray[np.uint8]:
    """The frames of the rows from ``first`` to before ``stop``."""
    indptr = rows.indptr[first : stop + 1] - rows.indptr[first]
    held = slice(rows.indptr[first], rows.indptr[stop])
    values, (keys, starts) = rows.data[held], varint.encode(rows.indices[held])
    nnz, key_starts = np.diff(indptr), starts[indptr]
    key_bytes = np.diff(key_starts)
    kinds, kind = np.unique(nnz << 32 | key_bytes, return_inverse=True)
    names = tuple(labels)
    blanks = [_blank_frame(blank_sparse(n >> 32, n & 0xFFFFFFFF, rows.n_columns, names)) for n in kinds.tolist()]
    ends = np.cumsum(np.array([blank.size for blank, _ in blanks])[kind])
    octets = np.empty(ends[-1], np.uint8)
    for members, (blank, layout) in zip(_members(kind), blanks, strict=True):
        block = np.tile(blank, (members.size, 1))
        if layout.features is not None and layout.features.keys is not None:
            span = layout.features.keys
            _fill(block, layout.features.values, _octets(_windows(values, layout.features.nnz)[indptr[members]]))
            _fill(block, span, _windows(keys, span.size)[key_starts[members]])
        for name, span in layout.labels.items():
            _fill(block, span, _octets(labels[name][members, None]))
        sliding_window_view(octets, blank.size, writeable=True)[ends[members] - blank.size] = block
    return octets


@lru_cache(maxsize=512)
def _blank_frame(payload: bytes) -> tuple[NDArray[np.uint8], Layout]:
    """A payload in its frame, and the places to fill in it."""
    return np.frombuffer(frame(payload), np.uint8), parse(payload, HEADER_BYTES)


def _members(kind: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The rows of each kind, kinds and rows in order."""
    order = np.argsort(kind, kind="stable")
    return np.split(order, np.cumsum(np.bincount(kind))[:-1])


def _windows(array: NDArray[Any], size: int) -> NDArray[Any]:
    """(len(array) - size + 1, size) view: row ``i`` is ``array[i : i + size]``."""
    return sliding_window_view(array, size)


def _octets(numbers: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(rows, 4 n) bytes of (rows, n) numbers, little end first on any machine."""
    return np.ascontiguousarray(numbers, "<f4").view(np.uint8)


def _fill(block: NDArray[np.uint8], span: Span, octets: NDArray[np.uint8]) -> None:
    """Puts the bytes of each row in the same place of each frame."""
    block[:, HEADER_BYTES + span.start : HEADER_BYTES + span.stop] = octets
