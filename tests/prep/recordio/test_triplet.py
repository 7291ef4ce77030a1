"""The plain CSR matrix against SciPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array

from prep.triplet import Triplet


def from_dense(matrix: np.ndarray[Any, np.dtype[np.float32]]) -> Triplet:
    csr = csr_array(matrix)
    indptr, indices = csr.indptr.astype(np.int64), csr.indices.astype(np.int64)
    return Triplet(indptr=indptr, indices=indices, data=csr.data, n_columns=matrix.shape[1])


@given(st.data())
def test_take_is_row_indexing(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 8), st.integers(1, 6)))
    matrix = data.draw(arrays(np.float32, shape, elements=st.sampled_from([0.0, 0.0, 1.0, 2.5])))
    order = np.array(data.draw(st.lists(st.integers(0, shape[0] - 1), max_size=12)), np.intp)
    taken = from_dense(matrix).take(order)
    assert taken.shape == (order.size, shape[1])
    assert taken.rows == order.size
    assert_array_equal(taken.to_csr().toarray(), matrix[order])


def test_to_csr_shares_the_data() -> None:
    rows = from_dense(np.eye(3, dtype=np.float32))
    assert np.shares_memory(rows.to_csr().data, rows.data)


GOOD: dict[str, Any] = {
    "indptr": np.array([0, 2]),
    "indices": np.array([0, 1]),
    "data": np.ones(2, np.float32),
    "n_columns": 2,
}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"data": np.ones(2)}, "data is 1-d float64, expected 1-d float32"),
        ({"indices": np.array([0, 1], np.int32)}, "indices is 1-d int32, expected 1-d int64"),
        ({"data": np.ones((2, 1), np.float32)}, "data is 2-d float32"),
        ({"n_columns": 2**63}, "n_columns is 9223372036854775808, expected 0 to 2"),
        ({"n_columns": 2**64}, "n_columns is 18446744073709551616, expected 0 to 2"),
        ({"n_columns": -1}, "n_columns is -1, expected 0 to 2"),
        ({"indptr": np.array([1, 2])}, r"indptr starts with \[1\], expected \[0\]"),
        ({"indptr": np.array([], np.int64)}, r"indptr starts with \[\], expected \[0\]"),
        ({"indptr": np.array([0, 1])}, "indptr ends at 1, 2 indices and 2 values"),
        ({"data": np.ones(3, np.float32)}, "indptr ends at 2, 2 indices and 3 values"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Triplet(**(GOOD | wrong))
