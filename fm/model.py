"""A trained factorization machine of second order, and what it says of a row.

Rendle, "Factorization Machines" (ICDM 2010), eq. 1 and 5:
y(x) = w0 + Σ w_i x_i + Σ_{i<j} <v_i, v_j> x_i x_j = w0 + Σ w_i x_i + ½ Σ_f ((Σ v_if x_i)² − Σ v_if² x_i²).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fm.errors import FeatureCountMismatch, FmError, NotAClassifier
from fm.matrix import Rows, SparseRows, as_rows

PredictorType = Literal["binary_classifier", "regressor"]

THRESHOLD = 0.5
"""A classifier's label is 1 from this probability on (SageMaker's documentation of the algorithm)."""

_CHUNK_VALUES = 1 << 22
"""Gathered factors held at once, in numbers: 16 MB of float32, a size that stays in a Lambda function's means."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FactorizationMachine:
    """The parameters of a second-order FM.

    ``w0``: (1,) float32 bias; a plain number is accepted. ``w``: (features,) float32 linear weights.
    ``v``: (features, factors) float32. Other float types are converted. Raises FmError when the shapes disagree.
    """

    w0: NDArray[np.float32]
    w: NDArray[np.float32]
    v: NDArray[np.float32]
    predictor_type: PredictorType

    def __post_init__(self) -> None:
        for name, ndim in (("w0", 1), ("w", 1), ("v", 2)):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float32)
            object.__setattr__(self, name, array)
            if array.ndim != ndim:
                raise FmError(f"{name} has shape {array.shape}, expected {ndim} dimension(s)")
        if self.w0.shape != (1,) or self.v.shape[0] != self.w.shape[0]:
            shapes = f"w0 {self.w0.shape}, w {self.w.shape}, v {self.v.shape}"
            raise FmError(f"{shapes}: expected (1,), (features,) and (features, factors)")
        if self.predictor_type not in ("binary_classifier", "regressor"):
            raise FmError(f"predictor_type {self.predictor_type!r}, expected 'binary_classifier' or 'regressor'")

    @property
    def n_features(self) -> int:
        """Width of the rows this model scores, SageMaker's ``feature_dim``."""
        return int(self.v.shape[0])

    @property
    def n_factors(self) -> int:
        """Length of each feature's latent vector, SageMaker's ``num_factors``."""
        return int(self.v.shape[1])

    def score(self, x: SparseRows) -> NDArray[np.float32]:
        """Raw scores y(x), before any sigmoid: (rows,) float32, in O(stored values · factors).

        x: (rows, features); the values are taken as float32. Rows may be empty. A row's score does not depend on the
        rows beside it. Raises FeatureCountMismatch, MalformedMatrix.
        """
        rows = as_rows(x)
        if rows.n_columns != self.n_features:
            raise FeatureCountMismatch(f"{rows.n_columns} columns, expected {self.n_features} as the model has")
        scores = np.full(rows.count, self.w0[0], dtype=np.float32)
        for first, last in rows.parts(max(1, _CHUNK_VALUES // max(1, self.n_factors))):
            self._add_terms(rows, first, last, scores)
        return scores

    def probability(self, x: SparseRows) -> NDArray[np.float32]:
        """Probability of label 1: the sigmoid of :meth:`score`, (rows,) float32.

        Raises NotAClassifier for a regressor, and what :meth:`score` raises.
        """
        if self.predictor_type != "binary_classifier":
            raise NotAClassifier(f"a {self.predictor_type} has no probabilities, expected a binary_classifier")
        return sigmoid(self.score(x))

    def predict(self, x: SparseRows) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """What SageMaker's endpoint answers: (score, predicted_label), each (rows,) float32.

        A classifier's score is its probability, its label 1.0 from THRESHOLD on and else 0.0. A regressor's score is
        raw, not clipped to any rating scale, and its label is None. Raises what :meth:`score` raises.
        """
        if self.predictor_type == "regressor":
            return self.score(x), None
        probability = self.probability(x)
        return probability, (probability >= THRESHOLD).astype(np.float32)

    def _add_terms(self, rows: Rows, first: int, last: int, scores: NDArray[np.float32]) -> None:
        # reduceat repeats a value for an empty segment instead of giving zero, so empty rows stay out of it.
        filled = first + np.flatnonzero(np.diff(rows.indptr[first : last + 1]))
        if filled.size == 0:
            return
        begin, end = rows.indptr[first], rows.indptr[last]
        columns, values = rows.indices[begin:end], rows.data[begin:end]
        starts = rows.indptr[filled] - begin
        terms = self.v[columns] * values[:, None]
        sums = np.add.reduceat(terms, starts, axis=0)
        squares = np.add.reduceat(np.einsum("nf,nf->n", terms, terms), starts)
        linear = np.add.reduceat(self.w[columns] * values, starts)
        scores[filled] += linear + np.float32(0.5) * (np.einsum("rf,rf->r", sums, sums) - squares)


def sigmoid(score: NDArray[np.floating]) -> NDArray[np.float32]:
    """1 / (1 + e^−score) elementwise as float32, without overflow at either end."""
    exponential = np.exp(-np.abs(np.asarray(score, dtype=np.float64)))
    return (np.where(score >= 0, 1.0, exponential) / (1.0 + exponential)).astype(np.float32)
