"""HTTP on loopback: one thread a connection, connections kept open."""

from __future__ import annotations

import sys
import traceback
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from web.proxy.answers import Answer, error_answer
from web.proxy.errors import Refused, Unusable
from web.proxy.gate import Gate, body_length
from web.proxy.routes import Request, Routes

_BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


class PageServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 at `port` (0: any free one). Raises Unusable where the port is taken."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, routes: Routes, port: int) -> None:
        self.routes = routes
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except (OSError, OverflowError) as error:
            raise Unusable(f"port {port}: {error}, expected a free one, or 0") from error
        self.gate = Gate(self.server_port)

    def server_bind(self) -> None:
        """As HTTPServer, but ask no name server for this machine's name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://localhost:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle is none; anything else is printed."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"
    server_version = "page"
    sys_version = ""
    timeout = 60.0
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        try:
            answer = self._answer()
        except Refused as refused:
            answer = error_answer(refused)
        except (ConnectionError, TimeoutError):  # nobody is there to be answered
            raise
        except Exception:  # noqa: BLE001 - whatever one request meets, it must be answered and the next one served
            traceback.print_exc()
            answer = error_answer(Refused(500, "InternalError", "the page's server failed; it printed why"))
        self._send(answer)

    # The names that http.server looks for.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def _answer(self) -> Answer:
        # Until a body is read to its end, the connection is no use for a next request.
        keeps, self.close_connection = not self.close_connection, True
        path, mark, query = self.path.partition("?")
        if not path.startswith("/") or not self.path.isascii() or not self.path.isprintable():
            raise Refused(400, "BadTarget", f"{self.path!r}: expected a path of ASCII letters")
        self.server.gate.check(self.command, self.headers, is_data=self.server.routes.is_data(path))
        body = self._body()
        self.close_connection = not keeps
        return self.server.routes.answer(
            Request(
                method=self.command,
                path=path,
                query=mark + query,
                body=body,
                if_none_match=self.headers.get("If-None-Match"),
            )
        )

    def _body(self) -> bytes:
        length = body_length(self.headers)
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionAbortedError(f"{len(body)} of a body's {length} bytes came")
        return body

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.all_headers().items():
            if name != "Content-Length" or answer.status not in _BODILESS:
                self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD" or answer.status in _BODILESS:
            return
        sent = 0
        for piece in answer.body:
            self.wfile.write(piece)
            sent += len(piece)
        if sent != answer.length:
            self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the HTTP parser refuses, in the form of every other refusal."""
        self.close_connection = True
        # A line that is no request has neither; without a version no headers would be sent.
        self.command, self.request_version = self.command or "", self.protocol_version
        text = message or HTTPStatus(code).phrase
        self._send(error_answer(Refused(code, "BadRequest", text)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base class
        """Nothing is logged of a request that is answered."""
