"""Child processes that end with this one."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from runner.errors import RunnerError

_GRACE_S = 60.0  # the local AWS ends children of its own, each with a grace


class Children:
    """A block whose end stops every child. Each leads a process group of its own, so that its own children end with it
    and an interrupt from the keyboard reaches this process alone, which then ends them in order.
    """

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._is_over = True
            running, self._running = self._running, []
        for child in running:
            _signal_group(child, signal.SIGTERM)
        for child in running:
            _await_end(child)

    def start(
        self,
        args: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdout: int | IO[bytes],
        stderr: int | IO[bytes],
    ) -> subprocess.Popen[bytes]:
        """Start a child. Raises RunnerError when the block is over."""
        with self._lock:
            if self._is_over:
                raise RunnerError(f"{args[0]}: not started, everything is being stopped")
            child = subprocess.Popen(
                list(args),
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
            self._running.append(child)
        return child

    def run(self, args: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> int:
        """Run a child to its end, adding what it prints to the file `log`; returns its exit status."""
        with log.open("ab") as stream:
            return self.start(args, env=env, cwd=cwd, stdout=stream, stderr=subprocess.STDOUT).wait()


def _await_end(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        _signal_group(child, signal.SIGKILL)
        child.wait()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
