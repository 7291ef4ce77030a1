"""One face for sparse rows: plain triplets, SciPy's CSR arrays, or anything else with the same three arrays."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fm.errors import MalformedMatrix

_INT64_MAX = np.iinfo(np.int64).max


class SparseRows(Protocol):
    """CSR arrays plus a width: either ``shape`` (SciPy) or ``n_columns``, which wins where both are there.

    Row ``r`` holds ``data[indptr[r]:indptr[r + 1]]`` in the columns ``indices[indptr[r]:indptr[r + 1]]``.
    """

    @property
    def indptr(self) -> NDArray[Any]: ...
    @property
    def indices(self) -> NDArray[Any]: ...
    @property
    def data(self) -> NDArray[Any]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Checked sparse rows: columns strictly ascending within each row, so each stands at most once.

    ``indptr`` (rows + 1,) int64, ``indices`` (stored,) int64, ``data`` (stored,) float32; all C-contiguous.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    data: NDArray[np.float32]
    n_columns: int

    @property
    def count(self) -> int:
        """Number of rows."""
        return self.indptr.size - 1

    def row_of(self, at: int) -> int:
        """The row in which the stored value number ``at`` stands."""
        return int(np.searchsorted(self.indptr, at, side="right")) - 1

    def parts(self, most_values: int) -> list[tuple[int, int]]:
        """Ranges of rows that cover all, each with about ``most_values`` stored values and never less than one row."""
        part_of = self.indptr[:-1] // most_values
        edges = np.flatnonzero(np.diff(part_of)) + 1
        return list(pairwise([0, *edges.tolist(), self.count]))


def as_rows(x: SparseRows) -> Rows:
    """The rows of ``x``, checked and canonical; shares memory where ``x`` already is.

    A column that a row names twice counts with the sum of its values, as in the dense matrix ``x`` stands for.
    Raises MalformedMatrix, also for SciPy's other forms: the same three arrays mean another matrix there.
    """
    form = getattr(x, "format", "csr")
    if form != "csr":
        raise MalformedMatrix(f"{type(x).__name__} in {form} form, expected csr")
    data = np.asarray(x.data)
    if not is_real(data):
        raise MalformedMatrix(f"values of type {data.dtype}, expected real numbers")
    indptr, indices = _whole("indptr", x.indptr), _whole("indices", x.indices)
    rows = Rows(indptr, indices, np.ascontiguousarray(data, dtype=np.float32), _width(x))
    _check(rows)
    return rows if _is_ascending(rows) else _canonical(rows)


def is_real(array: NDArray[Any]) -> bool:
    """Whether float32 can stand for the numbers, rounded but not cut: neither complex nor text."""
    return array.dtype.kind in "biuf"


def _whole(name: str, given: NDArray[Any]) -> NDArray[np.int64]:
    array = np.asarray(given)
    # An empty list is float64 to NumPy.
    if array.size and array.dtype.kind not in "iu":
        raise MalformedMatrix(f"{name} of type {array.dtype}, expected whole numbers")
    return np.ascontiguousarray(array, dtype=np.int64)


def _width(x: SparseRows) -> int:
    width = getattr(x, "n_columns", None)
    if width is None:
        shape = getattr(x, "shape", None)
        if shape is None or len(shape) != 2:
            raise MalformedMatrix(f"{type(x).__name__} has shape {shape!r}, expected n_columns or (rows, columns)")
        width = shape[1]
    if not 0 <= width <= _INT64_MAX or width != int(width):
        raise MalformedMatrix(f"{width} columns, expected a whole number from 0 to 2^63 - 1")
    return int(width)


def _check(rows: Rows) -> None:
    indptr, indices, stored = rows.indptr, rows.indices, rows.data.size
    if indptr.ndim != 1 or indptr.size == 0 or indptr[0] != 0 or indptr[-1] != stored or indices.shape != (stored,):
        ends = f"indptr {indptr.shape} ends at {indptr[-1:]}, {indices.size} indices, {stored} values"
        raise MalformedMatrix(f"{ends}; expected indptr from 0 to the number of values, one index for each")
    if np.any(np.diff(indptr) < 0):
        row = int(np.argmax(np.diff(indptr) < 0))
        raise MalformedMatrix(f"row {row} ends at {indptr[row + 1]} before it starts at {indptr[row]}")
    outside = (indices < 0) | (indices >= rows.n_columns)
    if np.any(outside):
        at = int(np.argmax(outside))
        raise MalformedMatrix(f"row {rows.row_of(at)} names column {indices[at]}, expected 0 to {rows.n_columns - 1}")


def _is_ascending(rows: Rows) -> bool:
    falls = np.diff(rows.indices) <= 0
    inner = rows.indptr[(rows.indptr > 0) & (rows.indptr < rows.indices.size)]
    # Where a new row begins, its first column may be any.
    falls[inner - 1] = False
    return not falls.any()


def _canonical(rows: Rows) -> Rows:
    row_of = np.repeat(np.arange(rows.count), np.diff(rows.indptr))
    order = np.lexsort((rows.indices, row_of))
    row_of, indices, data = row_of[order], rows.indices[order], rows.data[order]
    is_first = np.ones(indices.size, dtype=bool)
    is_first[1:] = (np.diff(row_of) != 0) | (np.diff(indices) != 0)
    starts = np.flatnonzero(is_first)
    indptr = np.searchsorted(row_of[starts], np.arange(rows.count + 1)).astype(np.int64)
    return Rows(indptr, indices[starts], np.add.reduceat(data, starts), rows.n_columns)
