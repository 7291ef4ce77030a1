"""How long a function takes from the start of its process until it waits for an event, and then until it answers one.

It is run by AWS' own runtime client, as Lambda does it, and told of an event by a Runtime API that is answered here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from bench.errors import CommandFailed
from runner.children import Children

_LONGEST_S: Final = 60.0
_NEXT, _ANSWERED = "/2018-06-01/runtime/invocation/next", "/response"
HELLO: Final = 'def handler(event, context):\n    return {"statusCode": 200, "body": "hello"}\n'


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds of a function's first event. init: until it asks for one. answer: from there until it has answered."""

    init: float
    answer: float


def cold_start(
    children: Children,
    handler: str,
    event: Mapping[str, Any],
    *,
    import_from: Path,
    environment: Mapping[str, str],
    log: Path,
) -> Start:
    """Start a function once. handler: `module.function`, below ``import_from``. Raises CommandFailed."""
    api = _RuntimeApi(event)
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "PYTHONPATH": str(import_from),
        "AWS_LAMBDA_RUNTIME_API": api.address,
        **environment,
    }
    with log.open("ab") as output:
        started = time.perf_counter()
        command = [sys.executable, "-m", "awslambdaric", handler]
        child = children.start(command, env=variables, cwd=import_from, stdout=output, stderr=subprocess.STDOUT)
    try:
        return api.wait(started, what=handler)
    finally:
        child.kill()
        child.wait()
        api.close()


class _RuntimeApi:
    """Hands out one event, and notes when it was asked for and when it was answered."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.event = json.dumps(event).encode()
        self.is_asked, self.is_answered, self.is_over = (threading.Event() for _ in range(3))
        self.asked = self.answered = 0.0
        self.answer: Any = None
        handler = type("Handler", (_Handler,), {"api": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait(self, started: float, *, what: str) -> Start:
        if not self.is_answered.wait(_LONGEST_S) or self.answer.get("statusCode") != 200:
            raise CommandFailed(f"{what}: {self.answer}, expected status 200 within {_LONGEST_S:g} s")
        return Start(init=self.asked - started, answer=self.answered - self.asked)

    def close(self) -> None:
        self.is_over.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The function ends while it waits for a second event."""


class _Handler(BaseHTTPRequestHandler):
    api: _RuntimeApi
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave in one write: two may wait for an acknowledgement

    def do_GET(self) -> None:
        now = time.perf_counter()
        if self.path != _NEXT or self.api.is_asked.is_set():
            self.api.is_over.wait(_LONGEST_S)  # there is no second event
            self.close_connection = True
            return
        self.api.asked = now
        self.api.is_asked.set()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "first")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(1000 * (time.time() + _LONGEST_S))))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:bench")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.api.event)))
        self.end_headers()
        self.wfile.write(self.api.event)

    def do_POST(self) -> None:
        now = time.perf_counter()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.api.answered = now
        self.api.answer = body if self.path.endswith(_ANSWERED) else {"error": body}
        self.api.is_answered.set()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nobody reads them."""


def zipped_mb(files: Iterable[tuple[Path, Path]]) -> float:
    """Megabytes of a package of files, each given by its path and the folder that its name in the package is below."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for path, root in files:
            package.write(path, path.relative_to(root))
    return len(stream.getvalue()) / 1e6
