"""Rows to RecordIO-protobuf, byte for byte as the SageMaker SDK v2 writes them, without a Python loop over rows."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from prep.recordio.arrays import Labels, check_dtype, check_labels
from prep.recordio.errors import KeyOutOfRange, NotAMatrix, NotCsr, NotFinite, RowTooLong
from prep.recordio.flat import FlatEncoder
from prep.recordio.grouped import blank_frame, fill, float_octets
from prep.recordio.layout import VALUES, blank_dense, blank_labels

CHUNK_BYTES = 2 << 20
"""About how much is encoded at a time: some 24,000 rows of two values, to keep what is worked on in the cache."""

MAX_ROW_VALUES = 1 << 28
"""With keys of nine bytes, and the label, that is just within the 4 GiB that the frame of one record can have."""

_CHECKED_ROWS = 1 << 16


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


def write_records(
    stream: BinaryIO, matrix: CsrRows, labels: NDArray[np.float32] | None = None, *, finite: bool = False
) -> int:
    """Writes one record a row and returns the number of bytes written.

    stream: a buffered binary stream, which takes what it is given at once, as the memory is used again. matrix: (rows,
    columns) float32 in CSR form. labels: (rows,) float32, or None. finite: whether NaN and infinity are refused, in
    values and labels; the SDK writes them, and no training is the better for it.
    Keys are written in the order in which they are stored, explicit zeros and duplicates too, as the SDK does.
    Raises WrongDtype, NotCsr, KeyOutOfRange, LabelCountMismatch, RowTooLong or NotFinite, all before anything is
    written.
    """
    n_columns = _check_csr(matrix)
    indptr, indices, data = (np.asarray(part) for part in (matrix.indptr, matrix.indices, matrix.data))
    if labels is not None:
        labels = np.asarray(labels)
        check_labels({VALUES: labels}, indptr.size - 1)
    if finite:
        _check_finite(indptr, data, labels)
    written = 0
    with _encoder(n_columns, labelled=labels is not None) as encoder:
        for first, stop in _chunks(indptr):
            these = None if labels is None else labels[first:stop]
            octets = encoder.encode(indptr[first : stop + 1], indices, data, these)
            stream.write(octets.data)
            written += octets.size
    return written


def write_dense(stream: BinaryIO, matrix: NDArray[np.float32]) -> int:
    """Writes one record a row of a dense (rows, columns) float32 matrix, as the SDK does: no keys, no shape, no label.

    Returns the number of bytes written. Raises WrongDtype, or NotAMatrix: a row without a value could not be read back.
    """
    matrix = np.asarray(matrix)
    check_dtype("data", matrix)
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        raise NotAMatrix(f"array of shape {matrix.shape}, expected (rows, columns) with a column or more")
    blank, layout = blank_frame(blank_dense(matrix.shape[1]))
    block = np.tile(blank, (matrix.shape[0], 1))
    if layout.features is not None:
        fill(block, layout.features.values, float_octets(matrix))
    stream.write(block.data)
    return block.size


def write_labels(stream: BinaryIO, labels: Labels) -> int:
    """Writes one record a row with labels alone, as the algorithm answers: {"score": (rows,) float32, ...}.

    Returns the number of bytes written. Raises WrongDtype, or LabelCountMismatch where the columns differ in length.
    """
    labels = {name: np.asarray(column) for name, column in labels.items()}
    rows = max((column.size for column in labels.values()), default=0)
    check_labels(labels, rows)
    blank, layout = blank_frame(blank_labels(labels))
    block = np.tile(blank, (rows, 1))
    for name, span in layout.labels.items():
        fill(block, span, float_octets(labels[name][:, None]))
    stream.write(block.data)
    return block.size


@contextlib.contextmanager
def _encoder(n_columns: int, *, labelled: bool) -> Iterator[FlatEncoder]:
    """The one that this thread used last, with its tables and buffers, if that is such a one and not in use."""
    kind = (n_columns, labelled)
    last, encoder = _of_thread.__dict__.pop("last", (None, None))
    if encoder is None or last != kind:
        encoder = FlatEncoder(n_columns, labelled=labelled)
    yield encoder
    _of_thread.last = kind, encoder


_of_thread = threading.local()


def _check_csr(matrix: CsrRows) -> int:
    """The width of the matrix. Raises NotCsr, WrongDtype, RowTooLong or KeyOutOfRange where it is not what it says."""
    kind = getattr(matrix, "format", "csr" if hasattr(matrix, "indptr") else type(matrix).__name__)
    if kind != "csr":
        raise NotCsr(f"matrix in {kind} form, expected csr")
    check_dtype("data", matrix.data)
    for name, part in (("indptr", matrix.indptr), ("indices", matrix.indices), ("data", matrix.data)):
        if part.ndim != 1 or (name != "data" and part.dtype.kind not in "iu"):
            expected = "float32" if name == "data" else "integers"
            raise NotCsr(f"{name} is {part.ndim}-d {part.dtype}, expected 1-d {expected}")
    n_rows, n_columns = (int(size) for size in matrix.shape)
    if not 0 <= n_columns <= np.iinfo(np.int64).max:
        raise NotCsr(f"n_columns is {n_columns}, expected 0 to 2^63 - 1")
    _check_indptr(matrix, n_rows)
    _check_keys(matrix, n_columns)
    return n_columns


def _check_indptr(matrix: CsrRows, n_rows: int) -> None:
    indptr = matrix.indptr
    if indptr.size == 0 or indptr[0] != 0:
        raise NotCsr(f"indptr starts with {indptr[:1]}, expected [0]")
    if not indptr[-1] == matrix.indices.size == matrix.data.size:
        ends = f"{indptr[-1]}, {matrix.indices.size} indices and {matrix.data.size} values"
        raise NotCsr(f"indptr ends at {ends}, expected three equal counts")
    if indptr.size - 1 != n_rows:
        raise NotCsr(f"indptr of {indptr.size - 1} rows for shape {matrix.shape}, expected one number more than rows")
    # In pieces, to need no second array of that size.
    for first in range(0, n_rows, _CHECKED_ROWS):
        lengths = np.diff(indptr[first : first + _CHECKED_ROWS + 1].astype(np.int64, copy=False))
        if lengths.min() < 0:
            row = first + int(np.argmin(lengths))
            raise NotCsr(f"indptr falls from {indptr[row]} to {indptr[row + 1]}, expected a number that grows")
        if lengths.max() > MAX_ROW_VALUES:
            row = first + int(np.argmax(lengths))
            raise RowTooLong(f"row {row}: {lengths.max()} values, expected at most {MAX_ROW_VALUES}")


def _check_keys(matrix: CsrRows, n_columns: int) -> None:
    indices = matrix.indices
    # As unsigned, a negative number is a large one.
    if indices.size and int(indices.view(indices.dtype.str.replace("i", "u")).max()) >= n_columns:
        place = int(np.argmax((indices < 0) | (indices >= n_columns)))
        row = int(np.searchsorted(matrix.indptr, place, side="right")) - 1
        raise KeyOutOfRange(f"row {row}: key {indices[place]}, expected 0..{n_columns - 1}")


def _check_finite(indptr: NDArray[Any], data: NDArray[np.float32], labels: NDArray[np.float32] | None) -> None:
    for name, numbers in (("value", data), ("label", np.empty(0, np.float32) if labels is None else labels)):
        for first in range(0, numbers.size, _CHECKED_ROWS):
            wrong = np.flatnonzero(~np.isfinite(numbers[first : first + _CHECKED_ROWS]))
            if wrong.size:
                place = first + int(wrong[0])
                row = place if name == "label" else int(np.searchsorted(indptr, place, side="right")) - 1
                raise NotFinite(f"row {row}: {name} {numbers[place]}, expected a finite number")


def _chunks(indptr: NDArray[Any]) -> Iterator[tuple[int, int]]:
    """Row ranges of about ``CHUNK_BYTES`` each, of one row at least."""
    first, rows = 0, indptr.size - 1
    most = max(1, CHUNK_BYTES // 64)
    while first < rows:
        cost = indptr[first : first + most + 1].astype(np.int64)
        cost = 64 * np.arange(cost.size) + 12 * (cost - cost[0])
        stop = first + max(1, int(np.searchsorted(cost, CHUNK_BYTES, side="right")) - 1)
        yield first, stop
        first = stop
