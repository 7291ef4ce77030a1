"""Any rows: written as the naive encoder writes them, and read back as they were."""

from __future__ import annotations

import io
import math
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prep.recordio import read_labels, read_records, read_triplet, varint, write_labels, write_records, writer
from prep.recordio import reader as reader_module
from prep.recordio.framing import frame, split
from prep.triplet import Triplet
from tests.prep.recordio import naive

MAGIC = struct.unpack("<f", bytes.fromhex("0a23d7ce"))[0]
NUMBER = st.floats(width=32, allow_nan=False) | st.just(MAGIC)
KEY = st.integers(0, 300) | st.integers(0, 2**21) | st.integers(0, 2**63 - 2)
ROW = st.lists(st.tuples(KEY, NUMBER), max_size=6)
ROWS = st.lists(st.tuples(ROW, NUMBER), max_size=12)
N_COLUMNS = 2**63 - 1

Rows = list[tuple[list[tuple[int, float]], float]]


def triplet(rows: Rows) -> Triplet:
    return Triplet(
        indptr=np.cumsum([0, *(len(row) for row, _ in rows)]),
        indices=np.array([key for row, _ in rows for key, _ in row], np.int64),
        data=np.array([value for row, _ in rows for _, value in row], np.float32),
        n_columns=N_COLUMNS,
    )


@given(ROWS, st.booleans())
def test_equals_the_naive_encoder(rows: Rows, labelled: bool) -> None:
    stream = io.BytesIO()
    write_records(stream, triplet(rows), np.array([label for _, label in rows], np.float32) if labelled else None)
    assert stream.getvalue() == b"".join(
        naive.frame(naive.sparse([k for k, _ in row], [v for _, v in row], N_COLUMNS, label if labelled else None))
        for row, label in rows
    )


@given(ROWS, st.sampled_from([1, 3, 1 << 16]))
def test_reads_what_the_naive_encoder_writes(rows: Rows, chunk: int) -> None:
    octets = b"".join(
        naive.frame(naive.sparse([k for k, _ in row], [v for _, v in row], N_COLUMNS, label)) for row, label in rows
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_module, "CHUNK_RECORDS", chunk)
        found, labels = read_triplet(octets, n_columns=N_COLUMNS)
    expected = triplet(rows)
    assert found.indptr.tolist() == expected.indptr.tolist()
    assert found.indices.tolist() == expected.indices.tolist()
    assert found.data.tobytes() == expected.data.tobytes()
    assert labels is None if not rows else labels is not None and labels.tolist() == [label for _, label in rows]


@given(ROWS, st.integers(1, 500))
def test_the_size_of_the_chunks_does_not_show(rows: Rows, chunk_bytes: int) -> None:
    whole, chunked = io.BytesIO(), io.BytesIO()
    write_records(whole, triplet(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "CHUNK_BYTES", chunk_bytes)
        write_records(chunked, triplet(rows))
    assert chunked.getvalue() == whole.getvalue()


WORD = st.sampled_from([bytes.fromhex("0a23d7ce"), bytes(4), bytes.fromhex("04000000"), b"abcd"])
PAYLOAD = st.tuples(st.lists(WORD, max_size=6).map(b"".join), st.binary(max_size=3)).map(b"".join)


@given(st.lists(PAYLOAD, max_size=10))
@example([bytes.fromhex("0a23d7ce 04000000 0a23d7ce"), b"abcd"])
def test_frames_are_found_whatever_the_payloads_hold(payloads: list[bytes]) -> None:
    octets = b"".join(map(frame, payloads))
    assert octets == b"".join(map(naive.frame, payloads))
    starts, lengths = split(np.frombuffer(octets, np.uint8))
    assert [octets[start : start + length] for start, length in zip(starts, lengths, strict=True)] == payloads


@given(st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 300)))
def test_varints_whole_arrays_and_one_by_one(numbers: list[int]) -> None:
    octets, starts = varint.encode(np.array(numbers, np.int64))
    expected = [naive.varint(number) for number in numbers]
    assert octets.tobytes() == b"".join(expected) == b"".join(map(varint.encode_one, numbers))
    assert np.diff(starts).tolist() == [len(one) for one in expected]
    assert varint.decode(octets).tolist() == numbers
    ends = starts[1:].tolist()
    assert [varint.decode_one(octets.tobytes(), start) for start in starts[:-1]] == list(
        zip(numbers, ends, strict=True)
    )


@given(st.lists(st.tuples(NUMBER, NUMBER), min_size=1))
def test_labels_alone(rows: list[tuple[float, float]]) -> None:
    score, label = np.array(rows, np.float32).T.copy()
    stream = io.BytesIO()
    assert write_labels(stream, {"score": score, "predicted_label": label}) == len(stream.getvalue())
    one = [
        naive.entry(2, "score", naive.field(1, naive.floats(a)))
        + naive.entry(2, "predicted_label", naive.field(1, naive.floats(b)))
        for a, b in rows
    ]
    assert stream.getvalue() == b"".join(map(naive.frame, one))
    found = read_labels(stream.getvalue())
    assert found["score"].tobytes() == score.tobytes()
    assert found["predicted_label"].tobytes() == label.tobytes()


def test_read_records_returns_a_csr_array() -> None:
    stream = io.BytesIO()
    rows = Triplet(indptr=np.array([0, 1, 1]), indices=np.array([2]), data=np.array([3], np.float32), n_columns=4)
    write_records(stream, rows, np.array([1, 0], np.float32))
    matrix, labels = read_records(np.frombuffer(stream.getvalue(), np.uint8))
    assert matrix.dtype == np.float32
    assert matrix.toarray().tolist() == [[0, 0, 3, 0], [0, 0, 0, 0]]
    assert labels is not None
    assert labels.dtype == np.float32


def test_no_record_has_no_labels_and_the_width_asked_for() -> None:
    rows, labels = read_triplet(b"", n_columns=7)
    assert (rows.shape, labels) == ((0, 7), None)
    assert read_triplet(b"")[0].shape == (0, 0)


def test_works_without_scipy(root: Path) -> None:
    """As in the Lambda functions, which have no room for it."""
    program = (
        "import sys; sys.modules['scipy'] = None\n"
        "import io, numpy as np, prep.inference\n"
        "from prep.recordio import *\nfrom prep.triplet import Triplet\n"
        "rows = Triplet(indptr=np.array([0, 1]), indices=np.array([2]), data=np.ones(1, np.float32), n_columns=3)\n"
        "stream = io.BytesIO(); write_records(stream, rows); print(read_triplet(stream.getvalue())[0].indices)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[2]\n", "")


def test_nan_keeps_its_bits() -> None:
    value = np.array([0x7FC00001], np.uint32).view(np.float32)
    stream = io.BytesIO()
    write_records(stream, Triplet(indptr=np.array([0, 1]), indices=np.array([0]), data=value, n_columns=1))
    found, _ = read_triplet(stream.getvalue())
    assert math.isnan(found.data[0])
    assert found.data.tobytes() == value.tobytes()
