"""What a function returned, as an HTTP answer: payload format 2.0.

Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway", "Lambda
function response for format 2.0"; and what AWS's own test tool observed to differ from it, noted where it does:
github.com/aws/aws-lambda-dotnet, Tools/LambdaTestTool-v2, InvokeResponseExtensions.cs.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from local_aws.apigateway.messages import Answer

_OURS = frozenset({"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
"""Headers that are the server's to set."""
DEFAULT_TYPE = "text/plain; charset=utf-8"
"""Of an answer with a status code and no type (observed, as above)."""


class MalformedResult(ValueError):
    """A result that is no answer; the text is `$context.integrationErrorMessage`."""


def answer_of(payload: bytes) -> Answer:
    """The answer to a function's result. Raises MalformedResult."""
    result = json.loads(payload) if payload else None
    if not isinstance(result, dict) or "statusCode" not in result:
        # As it is: even a text keeps its quotation marks (observed, as above).
        return Answer(status=200, headers=(("Content-Type", "application/json"),), body=payload)
    headers = _headers(result)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", DEFAULT_TYPE))
    return Answer(status=_status(result), headers=headers, body=_body(result))


def _status(result: Mapping[str, Any]) -> int:
    status = result["statusCode"]
    if isinstance(status, str) and status.isascii() and status.isdecimal():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int):
        raise _wrong_type("statusCode")
    if not 100 <= status <= 599:
        raise MalformedResult(f"The response from the Lambda function has the status code {status}, which HTTP lacks.")
    return status


def _headers(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    given, cookies = result.get("headers") or {}, result.get("cookies") or []
    if not isinstance(given, Mapping) or any(isinstance(value, (dict, list)) for value in given.values()):
        raise _wrong_type("headers")
    if not isinstance(cookies, list) or not all(isinstance(cookie, str) for cookie in cookies):
        raise _wrong_type("cookies")
    headers = [(name, _text(value)) for name, value in given.items() if value is not None and name.lower() not in _OURS]
    headers += [("Set-Cookie", cookie) for cookie in cookies]
    if any(character in f"{name}{value}" for name, value in headers for character in "\r\n\0"):
        raise _wrong_type("headers")
    return headers


def _body(result: Mapping[str, Any]) -> bytes:
    body, is_base64 = result.get("body"), result.get("isBase64Encoded", False)
    if not isinstance(is_base64, bool) and is_base64 is not None:
        raise _wrong_type("isBase64Encoded")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise _wrong_type("body")
    if not is_base64:
        return body.encode(errors="replace")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise MalformedResult(f"Unable to base64 decode the body: {error}") from error


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _wrong_type(field: str) -> MalformedResult:
    return MalformedResult(
        "The response from the Lambda function doesn't match the format that API Gateway expects. "
        f'Lambda body contains the wrong type for field "{field}"'
    )
