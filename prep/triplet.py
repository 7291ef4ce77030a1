"""A CSR matrix as plain NumPy arrays: what the Lambda functions pass around, where SciPy does not fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Triplet:
    """Sparse rows in CSR form: row ``r`` holds ``data[indptr[r]:indptr[r + 1]]`` in the columns at the same places of
    ``indices``.

    ``indptr``: (rows + 1,) int64, from 0 to the number of stored values. ``indices``: (values,) int64, from 0.
    ``data``: (values,) float32. ``n_columns``: the width, SageMaker's ``feature_dim``, up to 2^63 − 1.
    Raises ValueError when the arrays do not fit together; that the indices lie within the width is their maker's care.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    data: NDArray[np.float32]
    n_columns: int

    def __post_init__(self) -> None:
        if not 0 <= self.n_columns <= np.iinfo(np.int64).max:
            raise ValueError(f"n_columns is {self.n_columns}, expected 0 to 2^63 - 1")
        for name, dtype in (("indptr", np.int64), ("indices", np.int64), ("data", np.float32)):
            array = getattr(self, name)
            if array.dtype != dtype or array.ndim != 1:
                raise ValueError(f"{name} is {array.ndim}-d {array.dtype}, expected 1-d {np.dtype(dtype)}")
        if self.indptr.size == 0 or self.indptr[0] != 0:
            raise ValueError(f"indptr starts with {self.indptr[:1]}, expected [0]")
        if not self.indptr[-1] == self.indices.size == self.data.size:
            ends = f"{self.indptr[-1]}, {self.indices.size} indices and {self.data.size} values"
            raise ValueError(f"indptr ends at {ends}, expected three equal counts")

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.indptr.size - 1

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns), as SciPy's matrices have it."""
        return self.rows, self.n_columns

    def take(self, order: NDArray[np.intp]) -> Triplet:
        """The rows at the positions ``order``, (n,) integers from 0, in that order; rows may repeat or be left out."""
        lengths = np.diff(self.indptr)[order]
        indptr = np.zeros(lengths.size + 1, np.int64)
        np.cumsum(lengths, out=indptr[1:])
        source = np.repeat(self.indptr[:-1][order] - indptr[:-1], lengths) + np.arange(indptr[-1])
        return Triplet(indptr=indptr, indices=self.indices[source], data=self.data[source], n_columns=self.n_columns)

    def to_csr(self) -> csr_array:
        """The same matrix as a SciPy ``csr_array`` that shares these arrays."""
        # SciPy is absent from the Lambda functions, which never come here.
        from scipy.sparse import csr_array  # noqa: PLC0415

        return csr_array((self.data, self.indices, self.indptr), shape=self.shape)
