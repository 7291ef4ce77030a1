"""Whatever holds three CSR arrays becomes the same checked rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import bsr_array, csc_array, csr_array

from fm.errors import MalformedMatrix
from fm.matrix import Rows, as_rows
from prep.triplet import Triplet


@dataclass
class Plain:
    """The least a matrix can be; no width unless one is given."""

    indptr: NDArray[Any]
    indices: NDArray[Any]
    data: NDArray[Any]


@dataclass
class Wide(Plain):
    n_columns: int


def wide(indptr: list[int], indices: list[int], n_columns: int = 4) -> Wide:
    return Wide(np.array(indptr), np.array(indices, dtype=np.int64), np.ones(len(indices)), n_columns)


def dense_of(rows: Rows) -> NDArray[np.float64]:
    dense = np.zeros((rows.count, rows.n_columns))
    for row in range(rows.count):
        for at in range(rows.indptr[row], rows.indptr[row + 1]):
            dense[row, rows.indices[at]] += rows.data[at]
    return dense


def test_triplets_and_scipy_arrays_give_the_same_rows() -> None:
    triplet = Triplet(
        indptr=np.array([0, 2, 2, 3]),
        indices=np.array([0, 3, 1]),
        data=np.array([1, 2, 3], dtype=np.float32),
        n_columns=5,
    )
    ours, scipys = as_rows(triplet), as_rows(triplet.to_csr())
    assert ours.n_columns == scipys.n_columns == 5
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(scipys, name))


def test_canonical_input_is_not_copied() -> None:
    triplet = Triplet(indptr=np.array([0, 2]), indices=np.array([0, 3]), data=np.ones(2, dtype=np.float32), n_columns=4)
    rows = as_rows(triplet)
    assert rows.indices is triplet.indices
    assert rows.data is triplet.data


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 6), st.integers(-3, 3)), max_size=6), max_size=6),
)
def test_unsorted_and_repeated_columns_mean_their_sum(drawn: list[list[tuple[int, int]]]) -> None:
    """The oracle is SciPy, whose ``toarray`` adds what stands twice."""
    lengths = [len(row) for row in drawn]
    flat = [cell for row in drawn for cell in row]
    indptr = np.cumsum([0, *lengths])
    indices = np.array([column for column, _ in flat], dtype=np.int64)
    data = np.array([value for _, value in flat], dtype=np.float32)
    rows = as_rows(Wide(indptr, indices, data, 7))
    np.testing.assert_array_equal(dense_of(rows), csr_array((data, indices, indptr), shape=(len(drawn), 7)).toarray())
    for row in range(rows.count):
        assert (np.diff(rows.indices[rows.indptr[row] : rows.indptr[row + 1]]) > 0).all()


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (wide([0, 1], [4]), "row 0 names column 4, expected 0 to 3"),
        (wide([0, 1, 2], [0, -1]), "row 1 names column -1, expected 0 to 3"),
        (wide([0, 2, 1, 3], [0, 1, 2]), "row 1 ends at 1 before it starts at 2"),
        (wide([0, 1], [0, 1]), "expected indptr from 0 to the number of values"),
        (wide([1, 2], [0, 1]), "expected indptr from 0 to the number of values"),
        (wide([], []), "expected indptr from 0 to the number of values"),
        (wide([0, 1], [0], 2**63), "9223372036854775808 columns, expected a whole number from 0 to"),
        (wide([0], [], -1), "-1 columns, expected a whole number from 0 to"),
        (Wide(np.array([0, 1]), np.array([0.5]), np.ones(1), 4), "indices of type float64, expected whole numbers"),
        (Wide(np.array([0, 1.5]), np.array([0]), np.ones(1), 4), "indptr of type float64, expected whole numbers"),
        (Wide(np.array([0, 1]), np.array([0]), np.ones(1) * 1j, 4), "values of type complex128, expected real"),
        (Wide(np.array([0, 1]), np.array([0]), np.array(["1"]), 4), "values of type <U1, expected real numbers"),
        # Square, so that it would pass for its transpose.
        (csc_array(np.eye(4)), "csc_array in csc form, expected csr"),
        (bsr_array(np.eye(4)), "bsr_array in bsr form, expected csr"),
        (Plain(np.array([0]), np.array([]), np.array([])), "Plain has shape None, expected n_columns or"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(matrix: Plain, message: str) -> None:
    with pytest.raises(MalformedMatrix, match=message):
        as_rows(matrix)
