"""Small training jobs for the tests of the trainer, and the model's formula as it stands."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fm.hyperparameters import Hyperparameters, parse

FEATURES, FACTORS, ROWS = 9, 4, 23
FAST = {
    "bias_lr": "0.05",
    "linear_lr": "0.02",
    "factors_lr": "0.03",
    "bias_wd": "0.1",
    "linear_wd": "0.02",
    "factors_wd": "0.05",
    "factors_init_sigma": "0.5",
    "linear_init_sigma": "0.3",
}


def settings(predictor_type: str = "binary_classifier", **strings: str) -> Hyperparameters:
    required = {"feature_dim": str(FEATURES), "num_factors": str(FACTORS), "predictor_type": predictor_type}
    return parse(required | {"mini_batch_size": "5", "epochs": "3"} | FAST | strings)


def general_rows(rng: np.random.Generator) -> csr_array[Any, Any]:
    """Rows of no to many values, real-valued."""
    dense = rng.normal(size=(ROWS, FEATURES)) * (rng.random((ROWS, FEATURES)) < 0.25)
    dense[3] = 0
    return csr_array(dense.astype(np.float32))


def unit_pairs(rng: np.random.Generator) -> csr_array[Any, Any]:
    """Two ones in every row, as one-hot users and items have; any column may come first."""
    columns = np.sort(np.array([rng.choice(FEATURES, 2, replace=False) for _ in range(ROWS)]), axis=1)
    ones = np.ones(2 * ROWS, dtype=np.float32)
    return csr_array((ones, columns.ravel(), np.arange(0, 2 * ROWS + 1, 2)), shape=(ROWS, FEATURES))


def scaled_pairs(rng: np.random.Generator) -> csr_array[Any, Any]:
    """Two values in every row that are not all one."""
    rows = unit_pairs(rng)
    rows.data[:] = rng.uniform(0.5, 2, size=2 * ROWS)
    return rows


def labels_of(rng: np.random.Generator, predictor_type: str) -> NDArray[np.float32]:
    drawn = rng.normal(size=ROWS)
    return (drawn > 0 if predictor_type == "binary_classifier" else 3 + drawn).astype(np.float32)


def raw_score(x: NDArray[Any], w0: float, w: NDArray[Any], v: NDArray[Any]) -> float:
    pairs = sum(v[i] @ v[j] * x[i] * x[j] for i in range(len(x)) for j in range(i))
    return float(w0 + w @ x + pairs)
