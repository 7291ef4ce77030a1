"""The HTTP server: moto's services behind one loopback port, and this world's own read-only pages."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto import backends
from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from local_aws import hooks
from local_aws.folders import claimed
from local_aws.origin import LocalOnly, Wsgi
from local_aws.world import World

HOST = "127.0.0.1"


class _QuietHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are the client's to log."""


class Server:
    """The local AWS on one port of this machine. moto's state is global: one per process."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        """Bind the port (0: any free one). Raises OSError when it is taken, or when another server uses the folder."""
        with contextlib.ExitStack() as opened:
            opened.enter_context(claimed(folder))
            listening = opened.enter_context(socket.create_server((HOST, port)))
            self.world = World(folder=folder.resolve(), port=listening.getsockname()[1])
            self._http = _http(self.world, _application(self.world), listening)
            opened.callback(self._http.server_close)
            self._opened = opened.pop_all()
        self._lock = threading.Lock()
        self._is_serving = self._is_stopped = False
        self._has_served = threading.Event()

    def serve_forever(self) -> None:
        """Answer requests until `stop`."""
        with self._lock:
            if self._is_stopped:
                return
            self._is_serving = True
        try:
            self._http.serve_forever()
        finally:
            self._has_served.set()

    def start(self) -> None:
        """Answer requests from a thread."""
        threading.Thread(target=self.serve_forever, name="local-aws", daemon=True).start()

    def stop(self) -> None:
        """Stop listening, end every child process and let go of the port and the folder. For good."""
        with self._lock:
            self._is_stopped = True
            is_serving = self._is_serving
        if is_serving:  # else there is no loop to end, and `shutdown` would wait for one for ever
            self._http.shutdown()
            # The serving thread closes its socket after `shutdown` has returned. Closing it here as well would not do:
            # of two threads that close one socket the second returns at once, while the first may still be closing.
            self._has_served.wait()
        self._http.server_close()
        for close in self.world.closing:
            close()
        self.world.children.stop_all()
        self._opened.close()


def _application(world: World) -> Wsgi:
    os.environ["MOTO_PORT"] = str(world.port)
    # Without it moto's answers may be read by every web page.
    setattr(werkzeug_app, "DISABLE_GLOBAL_CORS", True)  # noqa: B010 - moto does not export it, which mypy refuses
    modules = tuple(backends.list_of_moto_modules())
    # moto looks through the folder of its package at every request, which takes as long as many an answer.
    setattr(backends, "list_of_moto_modules", lambda: modules)  # noqa: B010 - mypy refuses to assign to a function
    hooks.install(world)
    return LocalOnly(_with_pages(world, _wrapped(world, DomainDispatcherApplication(create_backend_app))))


def _http(world: World, application: Wsgi, listening: socket.socket) -> BaseWSGIServer:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server(
        HOST, world.port, application, threaded=True, request_handler=_QuietHandler, fd=listening.fileno()
    )
    server.daemon_threads = True  # type: ignore[attr-defined]
    return server


def _wrapped(world: World, aws: Wsgi) -> Wsgi:
    for middleware in world.middlewares:
        aws = middleware(aws)
    return aws


def _with_pages(world: World, aws: Wsgi) -> Wsgi:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        page = world.pages.get(environ["PATH_INFO"])
        if page is None:
            return aws(environ, start_response)
        body = json.dumps(page()).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return application
