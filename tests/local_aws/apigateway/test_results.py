"""What a function returns, as an answer: the documented table of format 2.0, and what AWS's test tool observed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.apigateway.results import DEFAULT_TYPE, MalformedResult, answer_of

JSON = ("Content-Type", "application/json")


@pytest.mark.parametrize(
    "payload",
    [b'"Hello from Lambda!"', b'{"message": "Hello from Lambda!"}', b"[1, 2]", b"null", b"7", b'{"body": "no status"}'],
)
def test_without_a_status_code_the_result_is_the_body(payload: bytes) -> None:
    answer = answer_of(payload)
    assert (answer.status, list(answer.headers), answer.body) == (200, [JSON], payload)


def test_the_documented_whole_answer() -> None:
    answer = answer_of(
        json.dumps(
            {
                "cookies": ["cookie1", "cookie2; Secure"],
                "isBase64Encoded": True,
                "statusCode": 201,
                "headers": {"headername": "headervalue", "content-type": "image/png"},
                "body": "/wA=",
            }
        ).encode()
    )
    assert (answer.status, answer.body) == (201, b"\xff\x00")
    assert list(answer.headers) == [
        ("headername", "headervalue"),
        ("content-type", "image/png"),
        ("Set-Cookie", "cookie1"),
        ("Set-Cookie", "cookie2; Secure"),
    ]


@pytest.mark.parametrize(
    ("result", "body"),
    [
        ({"statusCode": 200}, b""),
        ({"statusCode": "200", "body": "é"}, "é".encode()),
        ({"statusCode": 200, "body": None}, b""),
    ],
)
def test_a_type_that_is_not_said_is_text(result: dict[str, Any], body: bytes) -> None:
    answer = answer_of(json.dumps(result).encode())
    assert (answer.status, list(answer.headers), answer.body) == (200, [("Content-Type", DEFAULT_TYPE)], body)


def test_what_the_server_says_itself_is_left_out() -> None:
    headers = {
        "Content-Length": "999",
        "Transfer-Encoding": "chunked",
        "connection": "close",
        "X": 1,
        "Y": True,
        "Z": None,
    }
    answer = answer_of(json.dumps({"statusCode": 200, "headers": headers}).encode())
    assert list(answer.headers) == [("X", "1"), ("Y", "true"), ("Content-Type", DEFAULT_TYPE)]


@pytest.mark.parametrize(
    ("result", "field"),
    [
        ({"statusCode": "OK"}, "statusCode"),
        ({"statusCode": None}, "statusCode"),
        ({"statusCode": True}, "statusCode"),
        ({"statusCode": 200.5}, "statusCode"),
        ({"statusCode": 200, "headers": ["a"]}, "headers"),
        ({"statusCode": 200, "headers": {"a": ["b"]}}, "headers"),
        ({"statusCode": 200, "headers": {"a": "b\r\nSet-Cookie: c"}}, "headers"),
        ({"statusCode": 200, "cookies": "a=1"}, "cookies"),
        ({"statusCode": 200, "cookies": [1]}, "cookies"),
        ({"statusCode": 200, "body": {"a": 1}}, "body"),
        ({"statusCode": 200, "body": "a", "isBase64Encoded": "yes"}, "isBase64Encoded"),
    ],
)
def test_a_field_of_the_wrong_type_is_named(result: dict[str, Any], field: str) -> None:
    with pytest.raises(MalformedResult, match=f'contains the wrong type for field "{field}"'):
        answer_of(json.dumps(result).encode())


@pytest.mark.parametrize(
    "result", [{"statusCode": 99}, {"statusCode": 600}, {"statusCode": 200, "body": "%", "isBase64Encoded": True}]
)
def test_what_cannot_be_sent_is_malformed(result: dict[str, Any]) -> None:
    with pytest.raises(MalformedResult):
        answer_of(json.dumps(result).encode())
