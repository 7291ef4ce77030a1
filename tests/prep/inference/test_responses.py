"""Responses: the documented bodies, both ways, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prep.inference import (
    JSON,
    JSON_LINES,
    RECORDIO,
    SUPPORTED,
    BadResponse,
    NotFinite,
    Predictions,
    UnsupportedContentType,
    decode_response,
    encode_response,
)

CLASSIFIER = Predictions(np.array([0.25, 0.75], np.float32), np.array([0, 1], np.float32))
REGRESSOR = Predictions(np.array([3.5, 5.25], np.float32))


def test_json_of_a_classifier_has_the_label_as_a_float() -> None:
    body = encode_response(CLASSIFIER)
    expected = [{"score": 0.25, "predicted_label": 0.0}, {"score": 0.75, "predicted_label": 1.0}]
    assert json.loads(body) == {"predictions": expected}
    assert b'"predicted_label":0.0' in body


def test_json_of_a_regressor_has_the_score_alone() -> None:
    assert json.loads(encode_response(REGRESSOR)) == {"predictions": [{"score": 3.5}, {"score": 5.25}]}


def test_lines() -> None:
    assert encode_response(REGRESSOR, accept=JSON_LINES) == b'{"score":3.5}\n{"score":5.25}\n'


def test_record_is_the_documented_one() -> None:
    """Record.label["score"] and ["predicted_label"], one float32 each, spelt out."""
    body = encode_response(Predictions(np.array([0.25], np.float32), np.array([0], np.float32)), accept=RECORDIO)
    score = bytes.fromhex("1211 0a05") + b"score" + bytes.fromhex("1208 1206 0a04 0000803e")
    label = bytes.fromhex("121b 0a0f") + b"predicted_label" + bytes.fromhex("1208 1206 0a04 00000000")
    payload = score + label
    assert body == bytes.fromhex("0a23d7ce") + len(payload).to_bytes(4, "little") + payload + bytes(-len(payload) % 4)


FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(FLOAT32, min_size=1), st.sampled_from(SUPPORTED), st.booleans())
def test_any_predictions_in_any_format(scores: list[float], accept: str, is_classifier: bool) -> None:
    column = np.array(scores, np.float32)
    predictions = Predictions(column, (column >= 0.5).astype(np.float32) if is_classifier else None)
    again = decode_response(encode_response(predictions, accept=accept), content_type=accept)
    assert again.scores.tobytes() == predictions.scores.tobytes()
    assert (again.labels is None) == (not is_classifier)
    if again.labels is not None and predictions.labels is not None:
        assert again.labels.tolist() == predictions.labels.tolist()


@pytest.mark.parametrize("accept", SUPPORTED)
def test_no_predictions(accept: str) -> None:
    body = encode_response(Predictions(np.empty(0, np.float32)), accept=accept)
    assert decode_response(body, content_type=accept).scores.size == 0


@pytest.mark.parametrize(
    ("accept", "first"),
    [
        ("*/*", b"{"),
        ("", b"{"),
        ("application/*", b"{"),
        ("Application/JSON; charset=utf-8", b"{"),
        ("text/html, application/x-recordio-protobuf;q=0.9", b"\x0a"),
    ],
)
def test_accept(accept: str, first: bytes) -> None:
    assert encode_response(REGRESSOR, accept=accept)[:1] == first


def test_accept_of_nothing_we_speak() -> None:
    with pytest.raises(UnsupportedContentType, match="accept 'text/csv', expected one of application/json"):
        encode_response(REGRESSOR, accept="text/csv")


def test_nan_is_for_recordio_only() -> None:
    nan = Predictions(np.array([1, np.nan], np.float32))
    with pytest.raises(NotFinite, match="score 1 is nan"):
        encode_response(nan)
    assert np.isnan(decode_response(encode_response(nan, accept=RECORDIO), content_type=RECORDIO).scores[1])


BODIES: dict[str, tuple[str, bytes, str]] = {
    "not JSON": (JSON, b"<html>", "body: Expecting value at character 0"),
    "no predictions": (JSON, b'{"message": "oh"}', 'body: {"message": "oh"}, expected {"predictions": [...]}'),
    "no object": (JSON, b'{"predictions": [0.5]}', "prediction 0: 0.5, expected a float32 number for 'score'"),
    "a word": (JSON_LINES, b'{"score": 1}\n{"score": "1"}', "prediction 1: "),
    "label in some": (
        JSON,
        b'{"predictions": [{"score": 1, "predicted_label": 1.0}, {"score": 1}]}',
        "prediction 1: {\"score\": 1}, expected a float32 number for 'score' and 'predicted_label'",
    ),
    "label in some, not in the first": (
        JSON,
        b'{"predictions": [{"score": 1}, {"score": 0, "predicted_label": 1}]}',
        "prediction 0: {\"score\": 1}, expected a float32 number for 'score' and 'predicted_label'",
    ),
    "not records": (RECORDIO, b"{}", "byte 0: 2 bytes are left"),
    "records without scores": (
        RECORDIO,
        bytes.fromhex("0a23d7ce 14000000 1212 0a06 76616c756573 1208 1206 0a04 0000a040"),
        "records with labels ['values'], expected 'score'",
    ),
}


@pytest.mark.parametrize(("content_type", "body", "message"), BODIES.values(), ids=BODIES)
def test_bad_bodies(content_type: str, body: bytes, message: str) -> None:
    with pytest.raises(BadResponse) as refused:
        decode_response(body, content_type=content_type)
    assert message in str(refused.value)


def test_columns_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ValueError, match="score is float64"):
        Predictions(np.ones(2))  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match=r"predicted_label is float32 of shape \(1,\), expected float32, one for each of 2"
    ):
        Predictions(np.ones(2, np.float32), np.ones(1, np.float32))
