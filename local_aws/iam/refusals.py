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

from local_aws.iam.errors import (
    AccessDenied,
    ExpiredCredentials,
    IamError,
    MalformedRequest,
    MissingCredentials,
    UnknownCredentials,
)
from local_aws.network.errors import NoRoute

_QUERY_CODES = {"sns": "AuthorizationError", "ec2": "UnauthorizedOperation"}
"""SNS API reference, "Common errors"; EC2 API reference, "Error codes"; others of these protocols say AccessDenied."""

_ONCE_QUERY = ("sqs", "monitoring")
"""Services whose JSON protocol carries the query protocol's error code in a header, which clients prefer."""

_CREDENTIAL_CODES = {
    # protocol: (unknown, expired, missing)
    "rest-xml": ("InvalidAccessKeyId", "ExpiredToken", "AccessDenied"),
    "ec2": ("AuthFailure", "RequestExpired", "AuthFailure"),
    "query": ("InvalidClientTokenId", "ExpiredToken", "MissingAuthenticationToken"),
    "json": ("UnrecognizedClientException", "ExpiredTokenException", "MissingAuthenticationTokenException"),
    "rest-json": ("UnrecognizedClientException", "ExpiredTokenException", "MissingAuthenticationTokenException"),
}
_CREDENTIALS = (UnknownCredentials, ExpiredCredentials, MissingCredentials)

_MALFORMED_CODES = {
    "rest-xml": "MalformedXML",
    "ec2": "ValidationError",
    "query": "ValidationError",
    "json": "SerializationException",
    "rest-json": "SerializationException",
}
_BAD_REQUEST, _FORBIDDEN = "400 Bad Request", "403 Forbidden"
_ERROR = "<Code>{code}</Code><Message>{message}</Message>"
_XML = {
    "rest-xml": f'<?xml version="1.0" encoding="UTF-8"?><Error>{_ERROR}<RequestId>{{request_id}}</RequestId></Error>',
    "query": (
        f"<ErrorResponse><Error><Type>Sender</Type>{_ERROR}</Error><RequestId>{{request_id}}</RequestId></ErrorResponse>"
    ),
    "ec2": f"<Response><Errors><Error>{_ERROR}</Error></Errors><RequestID>{{request_id}}</RequestID></Response>",
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


def refuse(error: IamError | NoRoute, *, service: str, protocol: str) -> Refusal:
    """The answer to a request that may not pass, for a service's signing name and the request's protocol.

    NoRoute stands for a connection that would never come: an error that SDKs do not try again.
    """
    if isinstance(error, NoRoute):
        return answer("NoRouteFromVpc", str(error), status=_BAD_REQUEST, service=service, protocol=protocol)
    code = _code(error, service, protocol)
    is_bad = protocol == "json" or isinstance(error, MalformedRequest)
    message = _message(error, protocol)
    return answer(code, message, status=_BAD_REQUEST if is_bad else _FORBIDDEN, service=service, protocol=protocol)


def not_emulated(what: str, *, service: str, protocol: str) -> Refusal:
    """The answer about a part of AWS that is not here; a client error, which SDKs do not try again."""
    return answer("NotEmulated", f"{what} is not emulated", status=_BAD_REQUEST, service=service, protocol=protocol)


def answer(code: str, message: str, *, status: str, service: str, protocol: str) -> Refusal:
    """An error in one of botocore's protocols: json, rest-json, query, ec2 or rest-xml (S3)."""
    request_id = str(uuid.uuid4())
    if protocol in _XML:
        body = _XML[protocol].format(code=code, message=escape(message), request_id=request_id)
        content_type = "application/xml" if protocol == "rest-xml" else "text/xml"
        return Refusal(status=status, headers=[("Content-Type", content_type)], body=body.encode())
    refusal = _json(code, message, request_id, status=status)
    if service in _ONCE_QUERY:
        refusal.headers.append(("x-amzn-query-error", f"{code.removesuffix('Exception')};Sender"))
    return refusal


def _drain(environ: dict[str, Any]) -> None:
    """Read the rest of the body: a client cut off while it still sends sees a broken connection, not the answer."""
    stream = Request(environ).stream
    with contextlib.suppress(ClientDisconnected):
        while stream.read(1 << 16):
            pass


def _code(error: IamError, service: str, protocol: str) -> str:
    if isinstance(error, _CREDENTIALS):
        return _CREDENTIAL_CODES[protocol][_CREDENTIALS.index(type(error))]
    if isinstance(error, MalformedRequest):
        return _LAMBDA_MALFORMED_CODE if service == "lambda" else _MALFORMED_CODES[protocol]
    if protocol in ("json", "rest-json"):
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


def _message(error: IamError, protocol: str) -> str:
    if protocol == "ec2" and isinstance(error, AccessDenied):
        return f"You are not authorized to perform this operation. {error}"
    return _s3_message(error) if protocol == "rest-xml" else str(error)


def _s3_message(error: IamError) -> str:
    """S3 puts the resource in quotation marks (S3 User Guide, "Troubleshoot access denied errors")."""
    resource = getattr(error, "resource", None)
    return str(error).replace(f"resource: {resource} ", f'resource: "{resource}" ') if resource else str(error)
