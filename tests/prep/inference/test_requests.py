"""Requests: the documented bodies, the SDK's RecordIO, both ways, and what is refused."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from conformance.cases import dense as golden_matrix
from prep.inference import (
    JSON,
    JSON_LINES,
    RECORDIO,
    SUPPORTED,
    BadRequest,
    NotFinite,
    UnsupportedContentType,
    decode_request,
    encode_request,
)
from prep.recordio import write_records
from prep.triplet import Triplet


def matrix(rows: list[dict[int, float]], n_columns: int) -> Triplet:
    return Triplet(
        indptr=np.cumsum([0, *map(len, rows)]),
        indices=np.array([key for row in rows for key in row], np.int64),
        data=np.array([value for row in rows for value in row.values()], np.float32),
        n_columns=n_columns,
    )


PAIR = matrix([{0: 1, 948: 1}], 2625)


def toarray(x: Triplet) -> np.ndarray[Any, np.dtype[np.float32]]:
    return x.to_csr().toarray()


# The bodies of "Common Data Formats for Inference" in the SageMaker developer guide, widths filled in.
DOCUMENTED: dict[str, tuple[str, str, int, dict[int, float]]] = {
    "sparse": (
        JSON,
        '{"instances": [{"data": {"features": {"keys": [26, 182, 232, 243, 431], "shape": [2000],'
        ' "values": [1, 1, 1, 4, 1]}}}]}',
        2000,
        {26: 1, 182: 1, 232: 1, 243: 4, 431: 1},
    ),
    "dense, short": (
        JSON,
        '{"instances": [{"features": [1.5, 16.0, 14.0, 23.0]}]}',
        4,
        {0: 1.5, 1: 16, 2: 14, 3: 23},
    ),
    "dense, long": (JSON, '{"instances": [{"data": {"features": {"values": [1.5, 0]}}}]}', 2, {0: 1.5}),
    "lines": (
        JSON_LINES,
        '{"data": {"features": {"keys": [1], "shape": [3], "values": [2]}}}\n\n{"features": [0, 2, 0]}\r\n',
        3,
        {1: 2},
    ),
    "parameters and case": ("Application/JSON; charset=utf-8", '{"instances": [{"features": [1]}]}', 1, {0: 1}),
    "unsorted keys": (
        JSON,
        '{"instances": [{"data": {"features": {"keys": [2, 0], "shape": [3], "values": [5, 7]}}}], "label": 1}',
        3,
        {0: 7, 2: 5},
    ),
}


@pytest.mark.parametrize(("content_type", "body", "n_columns", "row"), DOCUMENTED.values(), ids=DOCUMENTED)
def test_documented_bodies(content_type: str, body: str, n_columns: int, row: dict[int, float]) -> None:
    x = decode_request(body.encode(), content_type=content_type, n_columns=n_columns)
    assert x.rows in {1, 2}
    expected = toarray(matrix([row] * x.rows, n_columns))
    assert_array_equal(toarray(x), expected)


def test_sparse_json_is_the_documented_shape_and_short() -> None:
    body = encode_request(PAIR)
    features = {"keys": [0, 948], "shape": [2625], "values": [1, 1]}
    assert json.loads(body) == {"instances": [{"data": {"features": features}}]}
    assert len(body) < 100


def test_lines_are_ended() -> None:
    body = encode_request(PAIR.take(np.array([0, 0])), content_type=JSON_LINES)
    assert body.endswith(b"\n")
    assert [json.loads(line)["data"]["features"]["keys"] for line in body.splitlines()] == [[0, 948]] * 2


def test_recordio_is_the_training_format_and_the_sdks_dense_one(root: Path) -> None:
    stream = io.BytesIO()
    write_records(stream, PAIR)
    assert encode_request(PAIR, content_type=RECORDIO) == stream.getvalue()
    golden = (root / "tests" / "golden" / "recordio" / "dense.protobuf").read_bytes()
    x = decode_request(golden, content_type=RECORDIO, n_columns=4)
    assert_array_equal(toarray(x), golden_matrix())
    assert encode_request(x, content_type=RECORDIO, dense=True) == golden


FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(
    st.lists(st.dictionaries(st.integers(0, 8), FLOAT32, max_size=9), min_size=1, max_size=6),
    st.sampled_from(SUPPORTED),
    st.booleans(),
)
def test_any_rows_in_any_format(rows: list[dict[int, float]], content_type: str, dense: bool) -> None:
    x = matrix(rows, 9)
    again = decode_request(
        encode_request(x, content_type=content_type, dense=dense), content_type=content_type, n_columns=9
    )
    assert_array_equal(toarray(again), toarray(x))


def sparse(keys: str, values: str = "[1]", shape: str = "[9]") -> str:
    return f'{{"data": {{"features": {{"keys": {keys}, "shape": {shape}, "values": {values}}}}}}}'


INSTANCES: dict[str, tuple[str, str]] = {
    "key too large": (sparse("[9]"), "key 9 outside 0..8"),
    "negative key": (sparse("[-1]"), "key -1 outside 0..8"),
    "key of a float": (sparse("[1.0]"), "key 1.0, expected an integer"),
    "key of a truth": (sparse("[true]"), "key true, expected an integer"),
    "key twice": (sparse("[4, 1, 4]", "[1, 1, 1]"), "key 4 more than once"),
    "other shape": (sparse("[1]", shape="[8]"), "shape [8], expected [9]"),
    "two shapes": (sparse("[1]", shape="[9, 1]"), "shape [9, 1], expected [9]"),
    "no shape": ('{"data": {"features": {"keys": [1], "values": [1]}}}', "shape null, expected [9]"),
    "more keys": (sparse("[1, 2]"), "2 keys and 1 values"),
    "a word for a value": (sparse("[1]", '["x"]'), 'value "x", expected a float32 number'),
    "nothing for a value": (sparse("[1]", "[null]"), "value null"),
    "not a number": (sparse("[1]", "[NaN]"), "value NaN"),
    "infinity": (sparse("[1]", "[-Infinity]"), "value -Infinity"),
    "more than float32": (sparse("[1]", "[1e39]"), "value 1e+39"),
    "an integer beyond any float": (sparse("[1]", f"[{10**400}]"), "value 1000"),
    "dense too short": ('{"features": [1, 2]}', "2 features, expected 9"),
    "dense, no number": ('{"features": [0, 0, 0, 0, 0, 0, 0, 0, false]}', "value false"),
    "keys that are no list": (sparse("3"), '{"features": [...]} or'),
    "no features": ('{"user": 1, "item": 2}', '{"user": 1, "item": 2}, expected {"features": [...]} or'),
    "a bare list": ("[1, 2]", "[1, 2], expected"),
}


@pytest.mark.parametrize(("instance", "message"), INSTANCES.values(), ids=INSTANCES)
@pytest.mark.parametrize("content_type", [JSON, JSON_LINES])
def test_bad_instances_are_named(instance: str, message: str, content_type: str) -> None:
    instances = [sparse("[0]"), sparse("[8]"), sparse("[]", "[]"), instance, sparse("[99]")]
    body = f'{{"instances": [{",".join(instances)}]}}' if content_type == JSON else "\n".join(instances)
    if message == "key 4 more than once":
        body = body.replace("[99]", "[7]")
    with pytest.raises(BadRequest) as refused:
        decode_request(body.encode(), content_type=content_type, n_columns=9)
    assert str(refused.value).startswith("instance 3: ")
    assert message in str(refused.value)


BODIES: dict[str, tuple[str, bytes, str]] = {
    "empty": (JSON, b"", "body: Expecting value at character 0, expected JSON"),
    "cut off": (JSON, b'{"instances": [', "at character 15, expected JSON"),
    "not text": (JSON, b'{"\xff"}', "byte 2 is not UTF-8"),
    "a long integer": (JSON, b"1" * 5000, "expected JSON"),
    "deep": (JSON, b"[" * 100_000, "expected JSON"),
    "a list": (JSON, b"[1]", 'body: [1], expected {"instances": [...]}'),
    "no list": (JSON, b'{"instances": 3}', 'expected {"instances": [...]}'),
    "no instance": (JSON, b'{"instances": []}', "no instances, expected at least one"),
    "no line": (JSON_LINES, b"\n", "no instances"),
    "a broken line": (JSON_LINES, b'{"features": [1]}\n{', "instance 1: Expecting property name"),
    "no record": (RECORDIO, b"", "no instances"),
    "not records": (RECORDIO, b'{"instances": [{}]}', "byte 0: 0x6e69227b, expected the magic number"),
}


@pytest.mark.parametrize(("content_type", "body", "message"), BODIES.values(), ids=BODIES)
def test_bad_bodies(content_type: str, body: bytes, message: str) -> None:
    with pytest.raises(BadRequest) as refused:
        decode_request(body, content_type=content_type, n_columns=1)
    assert message in str(refused.value)
    assert len(str(refused.value)) < 300


def test_bad_records() -> None:
    with pytest.raises(BadRequest, match="record at byte 0: row of 2625 columns, expected 9"):
        decode_request(encode_request(PAIR, content_type=RECORDIO), content_type=RECORDIO, n_columns=9)
    nan = matrix([{0: 1}, {3: float("nan")}], 9)
    with pytest.raises(BadRequest, match="instance 1: key 3 has value nan, expected a finite number"):
        decode_request(encode_request(nan, content_type=RECORDIO), content_type=RECORDIO, n_columns=9)
    with pytest.raises(NotFinite, match="value 1 is nan"):
        encode_request(nan)


def test_csv_is_not_spoken() -> None:
    with pytest.raises(UnsupportedContentType, match="content type 'text/csv', expected one of application/json"):
        decode_request(b"1,2", content_type="text/csv", n_columns=2)
    with pytest.raises(UnsupportedContentType):
        encode_request(PAIR, content_type="text/csv")
