"""What the writer refuses before it writes a byte, under which name, and what it says."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.sparse import bsr_array, csc_array, csr_array

from prep.recordio import errors, write_dense, write_labels, write_records
from prep.triplet import Triplet


def rows(**parts: Any) -> Triplet:
    given: dict[str, Any] = {
        "indptr": np.array([0, 1, 2]),
        "indices": np.array([0, 9]),
        "data": np.ones(2, np.float32),
        "n_columns": 10,
    }
    return Triplet(**(given | parts))


ONES = np.ones(2, np.float32)

WRITING: dict[str, tuple[Any, Any, type[errors.RecordIOError], str]] = {
    "float64": (csr_array(np.eye(2)), ONES, errors.WrongDtype, "data is float64, expected float32"),
    "int64": (csr_array(np.eye(2, dtype=np.int64)), ONES, errors.WrongDtype, "data is int64"),
    "float64 labels": (rows(), np.ones(2), errors.WrongDtype, "label 'values' is float64"),
    "int64 labels": (rows(), np.ones(2, np.int64), errors.WrongDtype, "label 'values' is int64"),
    "big-endian labels": (rows(), np.ones(2, ">f4"), errors.WrongDtype, "is >f4"),
    # The SDK takes as many labels as there are columns.
    "a label a column": (rows(), np.ones(10, np.float32), errors.LabelCountMismatch, "shape (10,), expected (2,)"),
    "a column of labels": (rows(), ONES[:, None], errors.LabelCountMismatch, "shape (2, 1), expected (2,)"),
    "key too large": (rows(indices=np.array([0, 10])), ONES, errors.KeyOutOfRange, "row 1: key 10, expected 0..9"),
    "negative key": (rows(indices=np.array([-1, 0])), ONES, errors.KeyOutOfRange, "row 0: key -1, expected 0..9"),
    "rows that shrink": (rows(indptr=np.array([0, 3, 2])), ONES, errors.NotCsr, "a number that grows"),
    # Square, so that it would pass for its transpose.
    "csc": (csc_array(np.eye(2, dtype=np.float32)), ONES, errors.NotCsr, "matrix in csc form, expected csr"),
    "dense": (np.eye(2, dtype=np.float32), ONES, errors.NotCsr, "matrix in ndarray form, expected csr"),
    "a list of labels": (rows(), [1.0, 0.0], errors.WrongDtype, "label 'values' is float64"),
    "bsr": (bsr_array(np.eye(2, dtype=np.float32)), ONES, errors.NotCsr, "matrix in bsr form, expected csr"),
}


@pytest.mark.parametrize(("matrix", "labels", "error", "message"), WRITING.values(), ids=WRITING)
def test_writing(matrix: Any, labels: Any, error: type[errors.RecordIOError], message: str) -> None:
    stream = io.BytesIO()
    with pytest.raises(error) as refused:
        write_records(stream, matrix, labels)
    assert message in str(refused.value)
    assert stream.getvalue() == b""


def test_writing_dense_or_labels_of_another_type() -> None:
    with pytest.raises(errors.WrongDtype):
        write_dense(io.BytesIO(), np.eye(2))  # type: ignore[arg-type]
    with pytest.raises(errors.WrongDtype, match="label 'score' is float64"):
        write_labels(io.BytesIO(), {"score": [1.0]})  # type: ignore[dict-item]
    with pytest.raises(errors.LabelCountMismatch, match="'predicted_label' has shape"):
        write_labels(io.BytesIO(), {"score": ONES, "predicted_label": ONES[:1]})


@pytest.mark.parametrize("shape", [(3, 0), (0, 0), (3,), (2, 3, 4)])
def test_writing_dense_of_what_is_no_matrix(shape: tuple[int, ...]) -> None:
    stream = io.BytesIO()
    with pytest.raises(errors.NotAMatrix, match=f"array of shape {re.escape(str(shape))}, expected "):
        write_dense(stream, np.ones(shape, np.float32))
    assert stream.getvalue() == b""


def test_writing_a_width_that_no_reader_takes() -> None:
    stream = io.BytesIO()
    widest = SimpleNamespace(
        indptr=np.array([0]), indices=np.empty(0, np.int64), data=np.empty(0, np.float32), shape=(0, 2**63)
    )
    with pytest.raises(errors.NotCsr, match="n_columns is 9223372036854775808, expected 0 to"):
        write_records(stream, widest)
