"""What can go wrong.

WebError
├── Unusable     the stack, the port or the settings cannot be used: nothing is served
└── Refused      one request is answered with an error
"""

from __future__ import annotations

from collections.abc import Mapping


class WebError(Exception):
    """Base of everything this package raises on purpose."""


class Unusable(WebError):
    """The page cannot be served; the message says what was expected."""


class Refused(WebError):
    """A request is answered with `status`, a `code` for programs and a message for people."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})
