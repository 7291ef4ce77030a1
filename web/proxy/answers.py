"""Answers to the browser, and the headers that keep it from doing more with them than it should."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from web.proxy.errors import Refused

JSON = "application/json"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)
"""A report has its style inside and draws in SVG. It comes from a bucket, so it runs nothing and has no origin."""
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer. `length`: bytes of `body`, which may come in pieces; data is kept in no cache."""

    status: int = 200
    content_type: str = JSON
    body: Iterable[bytes] = ()
    length: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    policy: str = PAGE_POLICY
    cache: str = "no-store"

    def all_headers(self) -> dict[str, str]:
        """What is sent, in this order."""
        kind = {"Content-Type": self.content_type} if self.content_type else {}
        return {
            **kind,
            "Content-Length": str(self.length),
            "Content-Security-Policy": self.policy,
            "Cache-Control": self.cache,
            **EVERYWHERE,
            **self.headers,
        }


def json_answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """`value` as JSON: times in ISO 8601, bytes in base64, NaN and infinities (a metric may be one) as null."""
    body = json.dumps(_plain(value), allow_nan=False).encode()
    return Answer(status=status, body=(body,), length=len(body), headers=headers or {})


def error_answer(refused: Refused) -> Answer:
    """`{"error": {"code", "message"}}`."""
    document = {"error": {"code": refused.code, "message": refused.message}}
    return json_answer(document, status=refused.status, headers=refused.headers)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
