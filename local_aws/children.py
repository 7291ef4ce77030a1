"""Child processes that end with the local AWS: functions, training jobs, endpoints."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

GRACE_S = 2.0

# macOS has waitid only from Python 3.13 on. Without it an exit can be seen only by reaping; a group that is signalled
# right afterwards is still the child's unless the system has gone once round all its process numbers in between.
_CAN_SEE_UNREAPED = hasattr(os, "waitid")


class ChildrenStopped(Exception):
    """No child can be started any more: the local AWS is stopping."""


class Children:
    """Every child leads a process group of its own, so that its own children end with it.

    The group can be addressed as long as its leader is not reaped. So whoever holds a child asks here how it is:
    Popen's own `poll` and `wait` reap, and leave what the child had started running for ever. The kernel's
    parent-death signal is no help: it fires when the spawning *thread* ends, and requests are threads here.
    """

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_stopped = False
        self._lock = threading.Lock()

    def start(
        self,
        args: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdout: int | IO[bytes] = subprocess.PIPE,
        stderr: int = subprocess.STDOUT,
    ) -> subprocess.Popen[bytes]:
        """Start a child, its error output joined to `stdout` by default. Raises ChildrenStopped after `stop_all`."""
        with self._lock:
            if self._is_stopped:
                raise ChildrenStopped(f"{args[0]}: not started, the local AWS is stopping")
            child = subprocess.Popen(
                list(args), env=dict(env), cwd=cwd, stdout=stdout, stderr=stderr, start_new_session=True
            )
            self._running.add(child)
        return child

    def is_running(self, child: subprocess.Popen[bytes]) -> bool:
        """Whether the child has not exited."""
        return not _has_exited(child)

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """Wait until the child exits, and end what it left running. Returns its status, negative for a signal."""
        if _CAN_SEE_UNREAPED:
            with contextlib.suppress(ChildProcessError):  # another thread was waiting for it too, and reaped it
                os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        else:
            child.wait()
        return self._reap(child)

    def stop(self, child: subprocess.Popen[bytes], *, grace_s: float = GRACE_S) -> None:
        """Ask the child's group to end, then make it."""
        self._stop([child], grace_s)

    def stop_all(self) -> None:
        """End every child still running, all within one grace, for good."""
        with self._lock:
            self._is_stopped = True
            running = list(self._running)
        self._stop(running, GRACE_S)

    def _stop(self, children: Sequence[subprocess.Popen[bytes]], grace_s: float) -> None:
        for child in children:
            with self._lock:
                _signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + grace_s
        for child in children:
            while time.monotonic() < deadline and self.is_running(child):
                time.sleep(0.01)
            self._reap(child)

    def _reap(self, child: subprocess.Popen[bytes]) -> int:
        with self._lock:
            _signal_group(child, signal.SIGKILL)  # also what a child that has exited left running
            self._running.discard(child)
            return child.wait()


def _has_exited(child: subprocess.Popen[bytes]) -> bool:
    if not _CAN_SEE_UNREAPED:
        return child.poll() is not None
    try:
        return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    except ChildProcessError:
        return True


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # One that was reaped has given its number back: it may be another program's group by now.
    if child.returncode is None or not _CAN_SEE_UNREAPED:
        # The group outlives its leader while any member runs; PermissionError is macOS's answer for zombies only.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, number)
