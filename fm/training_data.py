"""What rows and labels must be for the algorithm to learn from them or to be measured on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm.errors import FeatureCountMismatch, TrainingDataError
from fm.hyperparameters import Hyperparameters
from fm.matrix import Rows, SparseRows, as_rows, is_real
from fm.model import PredictorType


def checked(x: SparseRows, y: ArrayLike, hyperparameters: Hyperparameters) -> tuple[Rows, NDArray[np.float32]]:
    """The rows of ``x`` (rows, feature_dim) and the labels ``y`` (rows,) in float32: finite, a classifier's 0 or 1.

    Raises FeatureCountMismatch, MalformedMatrix, or TrainingDataError naming the first row, feature and value that
    cannot be used.
    """
    rows, labels = as_rows(x), np.asarray(y)
    if rows.n_columns != hyperparameters.feature_dim:
        raise FeatureCountMismatch(f"{rows.n_columns} columns, expected feature_dim {hyperparameters.feature_dim}")
    if labels.shape != (rows.count,) or not is_real(labels):
        found = f"labels of shape {labels.shape} and type {labels.dtype}"
        raise TrainingDataError(f"{found}, expected a number for each of {rows.count} rows")
    with np.errstate(over="ignore"):  # refused below
        single = np.ascontiguousarray(labels, dtype=np.float32)
    _check_values(rows)
    _check_labels(single, hyperparameters.predictor_type)
    return rows, single


def _check_values(rows: Rows) -> None:
    is_finite = np.isfinite(rows.data)
    if not is_finite.all():
        at = int(np.argmin(is_finite))
        where = f"row {rows.row_of(at)}, feature {rows.indices[at]}"
        raise TrainingDataError(f"{where}: value {rows.data[at]}, expected a finite number")


def _check_labels(labels: NDArray[np.float32], predictor_type: PredictorType) -> None:
    is_binary = predictor_type == "binary_classifier"
    fits = (labels == 0) | (labels == 1) if is_binary else np.isfinite(labels)
    if not fits.all():
        row = int(np.argmin(fits))
        expected = "0 or 1" if is_binary else "a finite number"
        raise TrainingDataError(f"row {row}: label {labels[row]}, expected {expected} for a {predictor_type}")
