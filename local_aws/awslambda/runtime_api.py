"""Lambda's Runtime API (version 2018-06-01) for one sandbox: the HTTP server its runtime asks for work."""

from __future__ import annotations

import json
import re
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from queue import SimpleQueue
from typing import cast

from local_aws.awslambda.deployment import Invocation

_POSTED = re.compile(r"/2018-06-01/runtime/(?:(init)|invocation/([^/]+))/(error|response)")
_NEXT = "/2018-06-01/runtime/invocation/next"


@dataclass(frozen=True)
class Ready:
    """The runtime asks for an invocation; the first time, its initialisation has ended well."""


@dataclass(frozen=True)
class InitFailed:
    """payload: the error as the runtime describes it, JSON."""

    payload: bytes


@dataclass(frozen=True)
class Answered:
    """failed: the handler raised; payload is then the error, JSON."""

    request_id: str
    payload: bytes
    failed: bool


Message = Ready | InitFailed | Answered


class RuntimeApi:
    """Listens on a loopback port of its own: the runtime names itself by nothing else."""

    def __init__(self, report: Callable[[Message], None]) -> None:
        """report: called from the server's threads with everything the runtime says."""
        self.report = report
        self._work: SimpleQueue[tuple[Invocation, int] | None] = SimpleQueue()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        threading.Thread(target=self._serve, name="lambda-runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        """Host and port, for AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def offer(self, invocation: Invocation, *, timeout_s: float) -> None:
        """Hand the runtime its next invocation, due in `timeout_s`."""
        self._work.put((invocation, int((time.time() + timeout_s) * 1000)))

    def take(self) -> tuple[Invocation, int] | None:
        """Wait for the next invocation and its deadline, in ms since the epoch; None when there will be no more."""
        return self._work.get()

    def close(self) -> None:
        """Let a waiting runtime go and stop listening, without waiting for either."""
        self._work.put(None)
        threading.Thread(target=self._server.shutdown, daemon=True).start()

    def _serve(self) -> None:
        with self._server:
            self._server.serve_forever()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    api: RuntimeApi


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in one write: two cost 40 ms of delayed acknowledgement for every invocation.
    wbufsize = -1
    disable_nagle_algorithm = True

    @property
    def _api(self) -> RuntimeApi:
        return cast(_Server, self.server).api

    def do_GET(self) -> None:
        if self.path != _NEXT:
            return self._reply(404, _error(self.path))
        self._api.report(Ready())
        work = self._api.take()
        if work is None:
            self.close_connection = True
            return None
        invocation, deadline_ms = work
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
        }
        if invocation.client_context is not None:
            headers["Lambda-Runtime-Client-Context"] = invocation.client_context
        return self._reply(200, invocation.event, headers)

    def do_POST(self) -> None:
        payload = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        posted = _POSTED.fullmatch(self.path)
        if posted is None:
            return self._reply(404, _error(self.path))
        init, request_id, kind = posted.groups()
        if init:
            self._api.report(InitFailed(payload))
        else:
            self._api.report(Answered(request_id, payload, failed=kind == "error"))
        return self._reply(202, b'{"status":"OK"}')

    def handle_expect_100(self) -> bool:
        """Answer at once: buffered, the go-ahead for a large body would wait for that body."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def log_message(self, *_: object) -> None:
        """The function's log is its own."""

    def _reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _error(path: str) -> bytes:
    return json.dumps({"errorType": "InvalidRequest", "errorMessage": f"no such operation: {path}"}).encode()
