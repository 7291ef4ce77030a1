"""Rows and labels as the algorithm may learn from them or be measured on them: checked, and in little memory.

A channel may be larger than what is left beside it, so it is given piece by piece. Rows of two values that are 1, which
a user and an item make, are kept as two columns; 12 bytes with their label.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm.errors import FeatureCountMismatch, TrainingDataError
from fm.hyperparameters import Hyperparameters
from fm.matrix import Rows, SparseRows, as_rows, is_real
from fm.model import PredictorType

CHUNK_ROWS: Final = 1 << 18
"""Rows that are expanded at a time to be scored."""
MOST_FEATURES: Final = int(np.iinfo(np.int32).max)
"""Columns are counted in 4 bytes; the parameters of more would not fit in any memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Rows that each have the value 1 in two columns.

    ``first``, ``second``: (rows,) int32, ascending in each row. ``labels``: (rows,) float32.
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    labels: NDArray[np.float32]
    n_columns: int

    def __len__(self) -> int:
        return self.labels.size

    def chunks(self) -> Iterator[Rows]:
        """The rows in their order, as a model scores them."""
        for first in range(0, len(self), CHUNK_ROWS):
            part = slice(first, first + CHUNK_ROWS)
            indices = np.column_stack([self.first[part], self.second[part]]).ravel().astype(np.int64)
            indptr = np.arange(0, indices.size + 1, 2)
            yield Rows(indptr, indices, np.ones(indices.size, np.float32), self.n_columns)


@dataclass(frozen=True, slots=True, eq=False)
class Sparse:
    """Rows of any kind, in CSR form.

    ``indptr``: (rows + 1,) int64. ``indices``: (stored,) int32. ``data``: (stored,) float32. ``labels``:
    (rows,) float32.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    data: NDArray[np.float32]
    labels: NDArray[np.float32]
    n_columns: int

    def __len__(self) -> int:
        return self.labels.size

    def chunks(self) -> Iterator[Rows]:
        """The rows in their order, as a model scores them."""
        for first in range(0, len(self), CHUNK_ROWS):
            indptr = self.indptr[first : first + CHUNK_ROWS + 1]
            stored = slice(indptr[0], indptr[-1])
            yield Rows(indptr - indptr[0], self.indices[stored].astype(np.int64), self.data[stored], self.n_columns)


TrainingRows = Pairs | Sparse


class Collector:
    """Add pieces of a channel in their order, then take what they are together."""

    def __init__(self, hyperparameters: Hyperparameters) -> None:
        """Raises TrainingDataError for more than MOST_FEATURES."""
        if hyperparameters.feature_dim > MOST_FEATURES:
            found = f"feature_dim {hyperparameters.feature_dim}"
            raise TrainingDataError(f"{found}, expected at most {MOST_FEATURES} features")
        self._hyperparameters = hyperparameters
        self._pieces: list[TrainingRows] = []
        self._rows = 0

    def add(self, x: SparseRows, y: ArrayLike) -> None:
        """Rows ``x`` (rows, feature_dim) with labels ``y`` (rows,), which must be finite, a classifier's 0 or 1.

        Raises FeatureCountMismatch, MalformedMatrix, or TrainingDataError naming the first row of the channel, the
        feature and the value that cannot be used.
        """
        rows, labels = _checked(x, y, self._hyperparameters, self._rows)
        self._pieces.append(_pairs(rows, labels) or _sparse(rows, labels))
        self._rows += labels.size

    def take(self) -> TrainingRows:
        """All rows that were added. Nothing is left here: there is not memory for it twice."""
        pieces, self._pieces = self._pieces, []
        columns = self._hyperparameters.feature_dim
        pairs = [piece for piece in pieces if isinstance(piece, Pairs)]
        if len(pairs) < len(pieces):
            return _stacked(pieces, columns)
        first, second = [piece.first for piece in pairs], [piece.second for piece in pairs]
        labels = [piece.labels for piece in pairs]
        pieces.clear()
        pairs.clear()
        return Pairs(_joined(first, np.int32), _joined(second, np.int32), _joined(labels, np.float32), columns)


def training_rows(x: SparseRows, y: ArrayLike, hyperparameters: Hyperparameters) -> TrainingRows:
    """All of a channel at once. Raises what ``Collector.add`` raises."""
    collector = Collector(hyperparameters)
    collector.add(x, y)
    return collector.take()


def _checked(
    x: SparseRows, y: ArrayLike, hyperparameters: Hyperparameters, rows_before: int
) -> tuple[Rows, NDArray[np.float32]]:
    rows, labels = as_rows(x), np.asarray(y)
    if rows.n_columns != hyperparameters.feature_dim:
        raise FeatureCountMismatch(f"{rows.n_columns} columns, expected feature_dim {hyperparameters.feature_dim}")
    if labels.shape != (rows.count,) or not is_real(labels):
        found = f"labels of shape {labels.shape} and type {labels.dtype}"
        raise TrainingDataError(f"{found}, expected a number for each of {rows.count} rows")
    with np.errstate(over="ignore"):  # refused below
        single = np.ascontiguousarray(labels, dtype=np.float32)
    _check_values(rows, rows_before)
    _check_labels(single, hyperparameters.predictor_type, rows_before)
    return rows, single


def _check_values(rows: Rows, rows_before: int) -> None:
    is_finite = np.isfinite(rows.data)
    if not is_finite.all():
        at = int(np.argmin(is_finite))
        where = f"row {rows_before + rows.row_of(at)}, feature {rows.indices[at]}"
        raise TrainingDataError(f"{where}: value {rows.data[at]}, expected a finite number")


def _check_labels(labels: NDArray[np.float32], predictor_type: PredictorType, rows_before: int) -> None:
    is_binary = predictor_type == "binary_classifier"
    fits = (labels == 0) | (labels == 1) if is_binary else np.isfinite(labels)
    if not fits.all():
        row = int(np.argmin(fits))
        expected = "0 or 1" if is_binary else "a finite number"
        found = f"row {rows_before + row}: label {labels[row]}"
        raise TrainingDataError(f"{found}, expected {expected} for a {predictor_type}")


def _pairs(rows: Rows, labels: NDArray[np.float32]) -> Pairs | None:
    """The rows as pairs, where they are."""
    if rows.indices.size != 2 * rows.count or not ((np.diff(rows.indptr) == 2).all() and (rows.data == 1).all()):
        return None
    first, second = rows.indices.reshape(-1, 2).astype(np.int32).T
    return Pairs(np.ascontiguousarray(first), np.ascontiguousarray(second), labels, rows.n_columns)


def _sparse(rows: Rows, labels: NDArray[np.float32]) -> Sparse:
    return Sparse(rows.indptr, rows.indices.astype(np.int32), rows.data, labels, rows.n_columns)


def _stacked(pieces: list[TrainingRows], n_columns: int) -> Sparse:
    """Pieces of either kind as one; ``pieces`` is empty afterwards."""
    lengths: list[NDArray[np.int64]] = [np.zeros(1, np.int64)]
    indices: list[NDArray[np.int32]] = []
    data: list[NDArray[np.float32]] = []
    labels: list[NDArray[np.float32]] = []
    while pieces:
        piece = pieces.pop(0)
        labels.append(piece.labels)
        for rows in piece.chunks():
            lengths.append(np.diff(rows.indptr))
            indices.append(rows.indices.astype(np.int32))
            data.append(rows.data)
    indptr = np.cumsum(_joined(lengths, np.int64))
    return Sparse(indptr, _joined(indices, np.int32), _joined(data, np.float32), _joined(labels, np.float32), n_columns)


def _joined(arrays: list[NDArray[Any]], kind: Any) -> NDArray[Any]:
    """One after the other; the list is empty afterwards, so that the pieces' memory is free."""
    joined = np.concatenate(arrays) if arrays else np.empty(0, kind)
    arrays.clear()
    return joined
