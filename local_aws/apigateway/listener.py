"""The HTTP server of one API: a loopback port of its own, so that paths, and what is signed, are as on AWS."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from local_aws.apigateway.messages import Answer, Request, refusal
from local_aws.origin import foreign

HOST = "127.0.0.1"
MAX_BODY_BYTES = 10 * 1024 * 1024
""""Quotas for configuring and running an HTTP API in API Gateway": payload size."""
_BODILESS = frozenset({204, 304})
_IDLE_S = 75
"""How long a kept connection may be silent."""

_log = logging.getLogger(__name__)


class Listener:
    """Answers requests from threads, until it is closed."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self._server = _Server((HOST, 0), _Handler)
        self._server.answer = answer
        # The argument is how long `shutdown` may have to wait.
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="http-api", daemon=True).start()

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return f"http://localhost:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening; what is being answered still is."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    answer: Callable[[Request], Answer]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no error of this server's."""
        _log.debug("%s: connection lost", client_address, exc_info=True)


class _TooLarge(Exception):
    """The body is over the limit."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_S
    # Head and body leave in one write: two cost 40 ms of delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def answer(self) -> None:
        """Read one request and answer it."""
        try:
            request = self._request()
        except _TooLarge:
            self.close_connection = True
            self._send(refusal(413, "Request Entity Too Large"), request_id=None)
        except ValueError:
            self.close_connection = True
            self._send(refusal(400, "Bad Request"), request_id=None)
        else:
            self._send(self._guarded(request), request_id=request.id)

    def _guarded(self, request: Request) -> Answer:
        reason = foreign({f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers})
        if reason is not None:
            return refusal(403, reason)
        try:
            return cast(_Server, self.server).answer(request)
        except Exception:  # noqa: BLE001 - a thread has no caller, and the client waits
            _log.exception("%s %s", request.method, request.target)
            return refusal(500, "Internal Server Error")

    def _request(self) -> Request:
        """Raises _TooLarge, and ValueError for a body whose length cannot be told."""
        return Request(
            method=self.command,
            target=self.path,
            headers=[(name, value.strip()) for name, value in self.headers.items()],
            body=self._body(),
            source_ip=self.client_address[0],
            protocol=self.request_version,
        )

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        length = int(self.headers.get("Content-Length") or 0)
        if length < 0:
            raise ValueError(f"Content-Length {length}")
        if length > MAX_BODY_BYTES:
            self._skip(length)
            raise _TooLarge
        body = self.rfile.read(length)
        if len(body) < length:
            raise ValueError("the body ended early")
        return body

    def _skip(self, length: int) -> None:
        """Read what is not wanted, within reason: a client cut off while it sends never sees the answer."""
        left = min(length, 10 * MAX_BODY_BYTES)
        while left > 0 and (read := len(self.rfile.read(min(left, 1 << 20)))):
            left -= read

    def _chunks(self) -> list[bytes]:
        chunks, total = [], 0
        while size := int(self.rfile.readline(1024).partition(b";")[0], 16):
            total += size
            if total > MAX_BODY_BYTES:
                raise _TooLarge
            chunks.append(self.rfile.read(size))
            self.rfile.readline(1024)
        while self.rfile.readline(1024).strip():
            continue
        return chunks

    def _send(self, answer: Answer, *, request_id: str | None) -> None:
        self.send_response_only(answer.status)
        self.send_header("Date", self.date_time_string())
        has_body = answer.status >= 200 and answer.status not in _BODILESS
        for name, value in answer.headers:
            self.send_header(name, value)
        if has_body:
            self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close" if self.close_connection else "keep-alive")
        if request_id is not None:
            self.send_header("Apigw-Requestid", request_id)
        self.end_headers()
        if has_body and self.command != "HEAD":
            self.wfile.write(answer.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server itself refuses: a request line, headers or a method that it cannot read."""
        del explain
        self.close_connection = True
        self._send(refusal(code, message or HTTPStatus(code).phrase), request_id=None)

    def handle_expect_100(self) -> bool:
        """Answer at once: buffered, the go-ahead for a large body would wait for that body."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def log_message(self, *_: object) -> None:
        """The access log is the stage's."""


for _verb in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"):
    setattr(_Handler, f"do_{_verb}", _Handler.answer)  # http.server looks for a method of each verb's name
