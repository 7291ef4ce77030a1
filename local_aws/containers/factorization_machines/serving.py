"""`serve`: the model over HTTP on loopback, /ping and /invocations. NumPy only, to be up in well under a second."""

from __future__ import annotations

import os
import traceback
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import numpy as np

from fm import artifact
from fm.errors import FmError
from fm.model import FactorizationMachine
from local_aws.containers.factorization_machines.contract import OptMl
from prep.inference import BadRequest, NotFinite, Predictions, UnsupportedContentType, decode_request, encode_response
from prep.inference.media import accepted_type

_HOST = "127.0.0.1"
_DEFAULT_PORT = 8080
_TEXT = "text/plain; charset=utf-8"

Answer = tuple[HTTPStatus, str, bytes]
"""Status, content type and body of a response."""


def run(opt_ml: OptMl) -> int:
    """Serve until the process is ended; 1 when the model cannot be loaded."""
    try:
        model = artifact.load(opt_ml.model / artifact.MODEL_FILE)
    except (FmError, OSError) as error:
        print(f"Unable to load the model: {error}", flush=True)
        return 1
    server = _server(model, port=int(os.environ.get("SAGEMAKER_BIND_TO_PORT", _DEFAULT_PORT)))
    print(f"Serving {model.predictor_type}, {model.n_features} features x {model.n_factors} factors", flush=True)
    if port_file := os.environ.get("LOCAL_AWS_PORT_FILE"):
        _announce(Path(port_file), server.server_address[1])
    server.serve_forever()
    return 0


def answer(model: FactorizationMachine, body: bytes, *, content_type: str, accept: str) -> Answer:
    """The response to an invocation."""
    try:
        kind = accepted_type(accept)
    except UnsupportedContentType as error:
        return HTTPStatus.NOT_ACCEPTABLE, _TEXT, str(error).encode()
    try:
        rows = decode_request(body, content_type=content_type, n_columns=model.n_features)
    except UnsupportedContentType as error:
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _TEXT, str(error).encode()
    except BadRequest as error:
        return HTTPStatus.BAD_REQUEST, _TEXT, str(error).encode()
    with np.errstate(over="ignore", invalid="ignore"):  # told below, by the instance
        scores, labels = model.predict(rows)
    try:
        return HTTPStatus.OK, kind, encode_response(Predictions(scores=scores, labels=labels), accept=kind)
    except NotFinite as error:
        instance = int(np.argmin(np.isfinite(scores)))
        return HTTPStatus.BAD_REQUEST, _TEXT, f"instance {instance}: values too large to score, {error}".encode()


class _Handler(BaseHTTPRequestHandler):
    """One connection, which is kept; each response leaves in one write, or delayed ACKs would cost 40 ms."""

    model: ClassVar[FactorizationMachine]
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        status = HTTPStatus.OK if self.path == "/ping" else HTTPStatus.NOT_FOUND
        self._respond(status, _TEXT, b"")

    def do_POST(self) -> None:
        try:
            response = self._answer()
        except Exception as error:  # noqa: BLE001 - whoever waits for an answer gets one, and the log has the reason
            traceback.print_exc()
            # The request may not have been read to its end.
            self.close_connection = True
            response = HTTPStatus.INTERNAL_SERVER_ERROR, _TEXT, f"{type(error).__name__}: {error}".encode()
        self._respond(*response)

    def _answer(self) -> Answer:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self.close_connection = True
            return HTTPStatus.LENGTH_REQUIRED, _TEXT, b"expected a Content-Length"
        body = self.rfile.read(int(length))
        if self.path != "/invocations":
            return HTTPStatus.NOT_FOUND, _TEXT, f"{self.path}: expected /invocations".encode()
        content_type, accept = self.headers.get("Content-Type", ""), self.headers.get("Accept", "*/*")
        return answer(self.model, body, content_type=content_type, accept=accept)

    def _respond(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Invocations are not log lines: a line each would be the slowest part of them."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _server(model: FactorizationMachine, *, port: int) -> ThreadingHTTPServer:
    handler = type("Handler", (_Handler,), {"model": model})
    return _Server((_HOST, port), handler)


def _announce(file: Path, port: int) -> None:
    # Whoever reads it must never see half a number.
    draft = file.with_suffix(".draft")
    draft.write_text(str(port))
    draft.rename(file)
