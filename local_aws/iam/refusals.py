"""How each AWS protocol says no."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from moto.core.request import Request
from werkzeug.exceptions import ClientDisconnected

from local_aws.iam.errors import CredentialsRefused, ExpiredCredentials, IamError, MalformedRequest

_QUERY_CODES = {"sns": "AuthorizationError"}
"""SNS API reference, "Common errors"; the other services of the query protocol say AccessDenied."""

_ONCE_QUERY = ("sqs", "monitoring")
"""Services whose JSON protocol carries the query protocol's error code in a header, which clients prefer."""

_CREDENTIAL_CODES = {
    # protocol: (unknown, expired)
    "s3": ("InvalidAccessKeyId", "ExpiredToken"),
    "query": ("InvalidClientTokenId", "ExpiredToken"),
    "json": ("UnrecognizedClientException", "ExpiredTokenException"),
    "rest-json": ("UnrecognizedClientException", "ExpiredTokenException"),
}

_MALFORMED_CODES = {
    "s3": "MalformedXML",
    "query": "ValidationError",
    "json": "SerializationException",
    "rest-json": "SerializationException",
}
_LAMBDA_MALFORMED_CODE = "InvalidRequestContentException"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An error answer: the status line's text, headers and body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    def respond(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Answer as a WSGI application. An answer to HEAD has no body."""
        _drain(environ)
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else self.body
        start_response(self.status, [*self.headers, ("Content-Length", str(len(body)))])
        return [body]


def refuse(error: IamError, *, service: str, protocol: str) -> Refusal:
    """The answer to a request that may not pass, for a service's signing name and the request's protocol.

    `protocol` is botocore's: json, rest-json, query or rest-xml (S3).
    """
    dialect = "s3" if protocol == "rest-xml" else protocol
    code = _code(error, service, dialect)
    request_id = str(uuid.uuid4())
    is_bad = dialect == "json" or isinstance(error, MalformedRequest)
    status = "400 Bad Request" if is_bad else "403 Forbidden"
    if dialect in ("json", "rest-json"):
        refusal = _json(code, str(error), request_id, status=status)
        if service in _ONCE_QUERY:
            refusal.headers.append(("x-amzn-query-error", f"{code.removesuffix('Exception')};Sender"))
        return refusal
    body = _s3_body(code, error, request_id) if dialect == "s3" else _query_body(code, str(error), request_id)
    return Refusal(
        status=status,
        headers=[("Content-Type", "text/xml" if dialect == "query" else "application/xml")],
        body=body.encode(),
    )


def _drain(environ: dict[str, Any]) -> None:
    """Read the rest of the body: a client cut off while it still sends sees a broken connection, not the answer."""
    stream = Request(environ).stream
    with contextlib.suppress(ClientDisconnected):
        while stream.read(1 << 16):
            pass


def _code(error: IamError, service: str, dialect: str) -> str:
    if isinstance(error, CredentialsRefused):
        return _CREDENTIAL_CODES[dialect][isinstance(error, ExpiredCredentials)]
    if isinstance(error, MalformedRequest):
        return _LAMBDA_MALFORMED_CODE if service == "lambda" else _MALFORMED_CODES[dialect]
    if dialect in ("json", "rest-json"):
        return "AccessDeniedException"
    return _QUERY_CODES.get(service, "AccessDenied")


def _json(code: str, message: str, request_id: str, *, status: str) -> Refusal:
    return Refusal(
        status=status,
        headers=[
            ("Content-Type", "application/x-amz-json-1.1"),
            ("x-amzn-ErrorType", code),
            ("x-amzn-RequestId", request_id),
        ],
        body=json.dumps({"__type": code, "message": message, "Message": message}).encode(),
    )


def _query_body(code: str, message: str, request_id: str) -> str:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"


def _s3_body(code: str, error: IamError, request_id: str) -> str:
    message = f"<Code>{code}</Code><Message>{escape(_s3_message(error))}</Message>"
    return f'<?xml version="1.0" encoding="UTF-8"?><Error>{message}<RequestId>{request_id}</RequestId></Error>'


def _s3_message(error: IamError) -> str:
    """S3 puts the resource in quotation marks (S3 User Guide, "Troubleshoot access denied errors")."""
    resource = getattr(error, "resource", None)
    return str(error).replace(f"resource: {resource} ", f'resource: "{resource}" ') if resource else str(error)
