"""Bytes that the real SageMaker SDK v2 wrote; tests/golden/make_recordio.py makes them again."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array, csr_matrix

from conformance.cases import Case, cases, dense
from prep.recordio import CsrRows, read_records, read_triplet, write_dense, write_records
from prep.triplet import Triplet

CASES = {case.name: case for case in cases()}

# A record published with a notebook: user 1 rates item 6 of ml-100k with 5, one-hot in 943 + 1682 columns.
USER_1_ITEM_6 = bytes.fromhex(
    "0a23d7ce 35000000 0a1f 0a06 76616c756573 1215 1213 0a08 0000803f0000803f 1203 00b407 1a02 c114"
    "1212 0a06 76616c756573 1208 1206 0a04 0000a040 000000"
)


def golden(root: Path, name: str) -> bytes:
    return (root / "tests" / "golden" / "recordio" / f"{name}.protobuf").read_bytes()


def written(matrix: CsrRows, labels: np.ndarray[tuple[int], np.dtype[np.float32]] | None) -> bytes:
    stream = io.BytesIO()
    assert write_records(stream, matrix, labels) == len(stream.getvalue())
    return stream.getvalue()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_writes_what_the_sdk_writes(case: Case, root: Path) -> None:
    assert written(case.rows, case.labels) == golden(root, case.name)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_reads_what_the_sdk_writes(case: Case, root: Path) -> None:
    rows, labels = read_triplet(golden(root, case.name), n_columns=case.rows.n_columns)
    assert rows.shape == case.rows.shape
    for ours, theirs in ((rows.indptr, case.rows.indptr), (rows.indices, case.rows.indices)):
        assert_array_equal(ours, theirs)
    # By bytes, as NaN equals nothing and -0.0 equals 0.0.
    assert rows.data.tobytes() == case.rows.data.tobytes()
    if case.labels is None or case.rows.rows == 0:
        assert labels is None
    else:
        assert labels is not None
        assert labels.tobytes() == case.labels.tobytes()


def test_dense_rows_are_the_sdks(root: Path) -> None:
    stream = io.BytesIO()
    write_dense(stream, dense())
    assert stream.getvalue() == golden(root, "dense")
    matrix, labels = read_records(golden(root, "dense"))
    assert_array_equal(matrix.toarray(), dense())
    assert labels is None


def test_no_golden_file_is_left_over(root: Path) -> None:
    names = {path.stem for path in (root / "tests" / "golden" / "recordio").iterdir()}
    assert names == {*CASES, "dense"}


def test_some_golden_payloads_hold_an_aligned_magic_number(root: Path) -> None:
    """Otherwise the cases of that name would show nothing."""
    words = np.frombuffer(golden(root, "magic_in_payload_3"), "<u4")
    assert np.count_nonzero(words == 0xCED7230A) > CASES["magic_in_payload_3"].rows.rows


def test_published_record() -> None:
    row = Triplet(
        indptr=np.array([0, 2]), indices=np.array([0, 948]), data=np.ones(2, np.float32), n_columns=943 + 1682
    )
    assert written(row, np.array([5], np.float32)) == USER_1_ITEM_6
    matrix, labels = read_records(USER_1_ITEM_6)
    assert_array_equal(matrix.toarray().nonzero()[1], [0, 948])
    assert labels is not None
    assert labels.tolist() == [5.0]


@pytest.mark.parametrize("kind", [csr_array, csr_matrix])
def test_scipy_matrices_are_written_like_triplets(kind: type, root: Path) -> None:
    case = CASES["mixed_rows"]
    rows = case.rows
    matrix = kind((rows.data, rows.indices.astype(np.int32), rows.indptr.astype(np.int32)), shape=rows.shape)
    assert matrix.indices.dtype == np.int32
    assert written(matrix, case.labels) == golden(root, case.name)
