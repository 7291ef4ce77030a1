"""An HTTP API that answers signed requests only.

The signature is computed by the words of AWS' documentation ("Create a signed AWS API request"), from what arrived on
the wire, with nothing of botocore's.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, unquote_to_bytes

ACCESS_KEY, SECRET_KEY, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session/token=="
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([a-z0-9-]+)/execute-api/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)


class Upstream(ThreadingHTTPServer):
    """`received` has (method, target, body, headers in lower case) of each request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[tuple[str, str, bytes, dict[str, str]]] = []
        self.hang_ups = 0
        """How many of the next requests find their connection closed."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((self.command, self.path, body, headers))
        if self.server.hang_ups:
            self.server.hang_ups -= 1
            self.close_connection = True
            return
        status, document = 200, {"target": self.path, "body": body.decode()}
        if not is_signed(self.command, self.path, headers, body):
            status, document = 403, {"message": "Forbidden"}
        elif self.path.startswith("/status/"):
            status = int(self.path.removeprefix("/status/"))
        self._answer(status, b"" if status == 304 else json.dumps(document).encode())

    do_GET = do_HEAD = do_POST = do_DELETE = _serve  # noqa: N815

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/problem+json" if status >= 400 else "application/json")
        for name, value in (("ETag", '"abc"'), ("Retry-After", "7"), ("Allow", "GET"), ("Set-Cookie", "a=b")):
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet."""


def is_signed(method: str, target: str, headers: dict[str, str], body: bytes) -> bool:
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if found is None or headers.get("x-amz-security-token") != TOKEN:
        return False
    key, day, region, names, signature = found.groups()
    signed = names.split(";")
    path, _, query = target.partition("?")
    pairs = sorted(tuple(map(_encode, pair.partition("=")[::2])) for pair in query.split("&") if pair)
    canonical = "\n".join(
        [
            method,
            quote(path, safe="/-_.~"),
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{headers[name].strip()}" for name in signed),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    scope = f"{day}/{region}/execute-api/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
    secret = b"AWS4" + SECRET_KEY.encode()
    for part in (day, region, "execute-api", "aws4_request", text):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    return (
        key == ACCESS_KEY
        and {"host", "x-amz-date", "x-amz-security-token"} <= set(signed)
        and secret.hex() == signature
    )


def _encode(text: str) -> str:
    # A plus is a plus to AWS, so a space that came as one would be signed wrongly.
    return quote(unquote_to_bytes(text), safe="-_.~")
