"""API Gateway's events (payload format 2.0) → requests, and answers → what the gateway sends on."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from lambdas.logic.api.problems import CONTENT_TYPE, ApiProblem, Complaints
from lambdas.logic.api.rules import ABSENT, fields_of

_JSON: Final = "application/json"
# What is told of people is nobody's to keep; the rest may be kept, but is asked about each time.
_NEVER_KEPT: Final = {"Cache-Control": "no-store"}
_ASKED_ABOUT: Final = {"Cache-Control": "private, no-cache"}
_EVERYWHERE: Final = {"X-Content-Type-Options": "nosniff"}

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """method; path: decoded by the gateway, twice, and not to be decoded again; query: as it was sent.

    route_key, parameters: of the gateway's own route. if_none_match: the header, or nothing.
    """

    method: str
    path: str
    query: str
    route_key: str
    parameters: Mapping[str, str]
    if_none_match: str
    body: str
    is_base64: bool

    @classmethod
    def of(cls, event: Event) -> Request:
        """What of an event counts. HTTP APIs decode the path (and ids in it) before the function sees it, REST APIs and
        function URLs do not: captures of live events in hotsock/voker, `vokerhttp/testdata/ingress-paths.json`.
        """
        return cls(
            method=event["requestContext"]["http"]["method"],
            path=event["rawPath"],
            query=event.get("rawQueryString") or "",
            route_key=event.get("routeKey") or "",
            parameters=event.get("pathParameters") or {},
            if_none_match=(event.get("headers") or {}).get("if-none-match", ""),
            body=event.get("body") or "",
            is_base64=bool(event.get("isBase64Encoded")),
        )

    def content(self, complaints: Complaints) -> bytes:
        """The body's bytes: the gateway encodes what it does not take for text, such as a form."""
        try:
            return base64.b64decode(self.body, validate=True) if self.is_base64 else self.body.encode()
        except (binascii.Error, UnicodeEncodeError) as error:
            complaints.add("body", f"{error}, expected JSON")
            return b""


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back: status, headers and body, which is ASCII."""

    status: HTTPStatus
    headers: Mapping[str, str]
    body: str

    def as_result(self) -> dict[str, Any]:
        """As the gateway takes it."""
        headers = {**_EVERYWHERE, **self.headers}
        return {"statusCode": self.status.value, "headers": headers, "body": self.body, "isBase64Encoded": False}


def answered(answer: object, *, may_be_kept: bool = False, if_none_match: str = "") -> Response:
    """An answer; one that may be kept has an ETag, and is not sent again to whom has it."""
    body = _dumped(answer)
    if not may_be_kept:
        return Response(HTTPStatus.OK, {"Content-Type": _JSON, **_NEVER_KEPT}, body)
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
    headers = {"ETag": tag, **_ASKED_ABOUT}
    known = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    if tag in known or "*" in known:
        return Response(HTTPStatus.NOT_MODIFIED, headers, "")
    return Response(HTTPStatus.OK, {"Content-Type": _JSON, **headers}, body)


def refused(problem: ApiProblem) -> Response:
    """A problem document."""
    headers = {"Content-Type": CONTENT_TYPE, **_NEVER_KEPT, **problem.headers}
    return Response(problem.status, headers, _dumped(problem.as_problem()))


def _dumped(answer: object) -> str:
    """ASCII, so that half a surrogate pair in somebody's id does no harm on the way; floats as they are."""
    return _ENCODER.encode(answer)


def _fields(value: object) -> dict[str, Any]:
    """Of a dataclass."""
    found = vars(value)
    kind: Any = type(value)
    if _is_plain(kind):
        return found
    return {name.rstrip("_"): part for name, part in found.items() if part is not ABSENT}


_ENCODER: Final = json.JSONEncoder(default=_fields, separators=(",", ":"), allow_nan=False)


@cache
def _is_plain(model: Any) -> bool:
    """Whether a dataclass' own dictionary is what JSON has of it."""
    return not any(field.may_be_absent or field.name.endswith("_") for field in fields_of(model))
