"""The blog's training data: its size is published, its hash is of what the SageMaker SDK v2 writes for it."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from numpy.testing import assert_array_equal

from conformance.ml_100k import read_split
from prep.recordio import read_triplet, write_records


@pytest.mark.parametrize(
    ("name", "size", "sha256"),
    [
        ("ua.base", 5_796_480, "bf6ffe3af08e99ab98d3f4f3d900def2a192f71de64919f6b19fee1102da53b8"),
        ("ua.test", 603_520, "6b77308fdbf49af94be905a5bfbeb341264bb17ed6a42fed64796e6ff69e15ce"),
    ],
)
def test_encodes_to_the_sdks_bytes_and_back(name: str, size: int, sha256: str, ml_100k: Path) -> None:
    rows, labels = read_split(ml_100k / name)
    stream = io.BytesIO()
    assert write_records(stream, rows, labels) == size
    assert hashlib.sha256(stream.getvalue()).hexdigest() == sha256
    again, labels_again = read_triplet(stream.getbuffer(), n_columns=2625)
    assert_array_equal(again.indptr, rows.indptr)
    assert_array_equal(again.indices, rows.indices)
    assert_array_equal(again.data, rows.data)
    assert_array_equal(labels_again, labels)
