"""Keeps web pages out.

Every page that a browser of this machine shows can send requests to a loopback port, and any key that is not a role's
is the account's operator here, whoever signs: a request that deploys a function runs code. A page gives itself away by
the `Origin` or `Sec-Fetch-Site` that browsers add, or, when its own host name was rebound to this machine, by `Host`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

_THIS_MACHINE = r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
# A name below localhost never leaves the machine (RFC 6761, 6.3); buckets of virtual-hosted S3 are such names.
_HOST = re.compile(rf"{_THIS_MACHINE}|[a-z0-9._-]+\.localhost(:\d+)?", re.IGNORECASE)
_ORIGIN = re.compile(rf"https?://{_THIS_MACHINE}", re.IGNORECASE)


@dataclass(frozen=True)
class LocalOnly:
    """WSGI middleware, the outermost: answers 403 to other hosts' pages, and 404 for moto's own control API."""

    application: Wsgi

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        reason = foreign(environ)
        if reason is not None:
            return _answer(start_response, "403 Forbidden", reason)
        # It resets and rewrites all state, past IAM. moto takes every path that begins so for it.
        if environ["PATH_INFO"].startswith("/moto-api"):
            return _answer(start_response, "404 Not Found", "the local AWS has no /moto-api")
        return self.application(environ, start_response)


def foreign(environ: Environ) -> str | None:
    """Why a request may be another host's page's; None when it is not."""
    host, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
    if not _HOST.fullmatch(host):
        return f"Host {host!r} is not this machine: expected localhost, 127.0.0.1, [::1] or a name below localhost"
    if origin is not None and not _ORIGIN.fullmatch(origin):
        return f"Origin {origin!r} is not this machine: pages of other hosts may not use the local AWS"
    if environ.get("HTTP_SEC_FETCH_SITE") == "cross-site":
        return "Sec-Fetch-Site 'cross-site': pages of other hosts may not use the local AWS"
    return None


def _answer(start_response: StartResponse, status: str, reason: str) -> list[bytes]:
    body = f"{reason}\n".encode()
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
