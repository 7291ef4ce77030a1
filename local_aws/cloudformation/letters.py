"""Where the providers of custom resources send their answers: a URL for each request, good for one PUT.

On AWS it is a presigned URL of S3. Who sends the answer and when does not matter: the function that was asked, or
whatever that has started.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wsgi import get_input_stream

PATH = "/_local_aws/cloudformation/responses/"
MAX_BYTES = 1 << 20
"""What is read of an answer. Only 4,096 bytes are valid, of which its receiver tells the provider."""

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass
class Letter:
    """One answer that is waited for."""

    url: str
    body: bytes = b""
    came: threading.Event = field(default_factory=threading.Event)


class Letterbox:
    """One per process; `endpoint_url` is where the local AWS listens."""

    def __init__(self, endpoint_url: str = "") -> None:
        self._endpoint_url = endpoint_url
        self._expected: dict[str, Letter] = {}
        self._lock = threading.Lock()

    @contextmanager
    def expecting(self) -> Iterator[Letter]:
        """A letter that can come while the context lasts."""
        address = f"{PATH}{uuid.uuid4()}"
        letter = Letter(f"{self._endpoint_url}{address}")
        with self._lock:
            self._expected[address] = letter
        try:
            yield letter
        finally:
            with self._lock:
                self._expected.pop(address, None)

    def put(self, address: str, body: bytes) -> bool:
        """Whether the address was waiting for it: the first letter counts."""
        with self._lock:
            letter = self._expected.pop(address, None)
        if letter is None:
            return False
        letter.body = body
        letter.came.set()
        return True


@dataclass(frozen=True)
class LetterSlot:
    """WSGI middleware, around IAM: the address alone lets a letter in, as a presigned URL does."""

    application: Wsgi
    box: Letterbox

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        address = environ["PATH_INFO"]
        if not address.startswith(PATH):
            return self.application(environ, start_response)
        body = get_input_stream(environ).read(MAX_BYTES)
        if environ["REQUEST_METHOD"] != "PUT":
            return _answer(start_response, "405 Method Not Allowed")
        return _answer(start_response, "200 OK" if self.box.put(address, body) else "403 Forbidden")


def _answer(start_response: Callable[..., Any], status: str) -> list[bytes]:
    start_response(status, [("Content-Length", "0")])
    return [b""]
