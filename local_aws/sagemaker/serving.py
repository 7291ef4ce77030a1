"""Serving containers: processes with SageMaker's /ping and /invocations, started again when they die."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_aws.children import Children, ChildrenStopped
from local_aws.log_streams import LogStream
from local_aws.sagemaker.connections import Answer, Connections

INVOCATION_TIMEOUT_S = 60
"""How long a container may take to answer (InvokeEndpoint's documentation)."""

_POLL_S = 0.01
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
"""Before a container that ended is started again: twice as long every time, up to the longest."""
_STEADY_S = 60.0
"""A container that was up for so long ended for a new reason: its next pause is the first one again."""


def pauses(lifetimes_s: Iterable[float]) -> Iterator[float]:
    """Seconds to wait before each new start, given how long each container was up."""
    pause_s = _FIRST_PAUSE_S
    for lifetime_s in lifetimes_s:
        if lifetime_s >= _STEADY_S:
            pause_s = _FIRST_PAUSE_S
        yield pause_s
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


class UnhealthyError(Exception):
    """The container ended, or did not answer its ping in time; the message is the last line it wrote."""


@dataclass(frozen=True)
class Launch:
    """How a container is started: the process writes the port it listens on into `port_file`."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    port_file: Path


class _Incarnation:
    """One process, with the thread that reads its output."""

    def __init__(self, children: Children, launch: Launch, log: LogStream) -> None:
        launch.port_file.unlink(missing_ok=True)
        self._children, self._launch, self._log = children, launch, log
        self.started = time.monotonic()
        self.process = children.start(launch.command, env=launch.environment, cwd=launch.folder)
        self._last_line = "it wrote nothing"
        self._reader = threading.Thread(target=self._read, name="serving output", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        output = self.process.stdout
        if output is None:
            raise TypeError("a child without a pipe")
        with output:
            for raw in output:
                self._last_line = raw.decode(errors="replace").rstrip() or self._last_line
                self._log.write(raw.decode(errors="replace").rstrip())

    def connect(self, *, timeout_s: float) -> Connections:
        """Wait for the port and for a /ping that answers 200. Raises UnhealthyError."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and self._children.is_running(self.process):
            with contextlib.suppress(FileNotFoundError, ValueError):  # not there yet, or there and still empty
                connections = Connections(int(self._launch.port_file.read_text()), timeout_s=INVOCATION_TIMEOUT_S)
                if _answers_ping(connections):
                    return connections
            time.sleep(_POLL_S)
        if not self._children.is_running(self.process):
            # Its output ends with it and with what it started; what came last is the reason.
            self._children.wait(self.process)
            self._reader.join(INVOCATION_TIMEOUT_S)
        raise UnhealthyError(self._last_line)


class ServingContainer:
    """A container that is up from `wait_until_healthy` to `close`."""

    def __init__(self, children: Children, launch: Launch, log: LogStream) -> None:
        self._children, self._launch, self._log = children, launch, log
        self._is_closed = threading.Event()
        self._connections: Connections | None = None
        self._incarnation = _Incarnation(children, launch, log)

    def wait_until_healthy(self, *, timeout_s: float) -> None:
        """Return when it can be invoked. Raises UnhealthyError."""
        self._connections = self._incarnation.connect(timeout_s=timeout_s)
        threading.Thread(target=self._keep_up, args=(timeout_s,), name="serving", daemon=True).start()

    def invoke(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST /invocations. Raises OSError (TimeoutError among them) or http.client.HTTPException."""
        if self._connections is None:
            raise ConnectionRefusedError("the container is not up")
        return self._connections.request("POST", "/invocations", body=body, headers=headers)

    def close(self) -> None:
        """End the process, its log and its folder."""
        self._is_closed.set()
        self._children.stop(self._incarnation.process)
        if self._connections is not None:
            self._connections.close()
        self._log.close()
        shutil.rmtree(self._launch.folder, ignore_errors=True)

    def _keep_up(self, timeout_s: float) -> None:
        for pause_s in pauses(self._lifetimes()):
            if self._is_closed.wait(pause_s):
                return
            try:
                self._incarnation = _Incarnation(self._children, self._launch, self._log)
            except ChildrenStopped:
                return
            if self._is_closed.is_set():
                # It was closed while this one started, and only knew the one before.
                self._children.stop(self._incarnation.process)
                return
            if self._connections is not None:
                self._connections.close()
            try:
                self._connections = self._incarnation.connect(timeout_s=timeout_s)
            except UnhealthyError:
                # It may well be up and never answer; the next one may.
                self._children.stop(self._incarnation.process)

    def _lifetimes(self) -> Iterator[float]:
        """How long each process in its turn was up, once it has ended."""
        while True:
            incarnation = self._incarnation
            self._children.wait(incarnation.process)
            yield time.monotonic() - incarnation.started


def _answers_ping(connections: Connections) -> bool:
    try:
        return connections.request("GET", "/ping", body=None, headers={}).status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
