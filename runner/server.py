"""The local AWS, and other servers, as child processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from runner.children import Children
from runner.errors import ServerFailed
from runner.files import ROOT, last_lines
from runner.isolation import ENDPOINT_VARIABLE


class Server:
    """`python -m <arguments>`: starts at once, `url` waits for the line beginning with `ready`."""

    def __init__(
        self,
        children: Children,
        arguments: Sequence[str],
        *,
        name: str,
        ready: str,
        env: Mapping[str, str],
        log: Path,
    ) -> None:
        self._name, self._ready, self._log = name, ready.encode(), log
        args = [sys.executable, "-m", *arguments]
        with log.open("wb") as stream:
            self._child = children.start(args, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=stream)

    def url(self) -> str:
        """Its address. Call once. Raises ServerFailed with the last lines it printed."""
        assert self._child.stdout is not None  # noqa: S101 - it was started with a pipe
        line = self._child.stdout.readline()
        if not line.startswith(self._ready):
            self._child.wait()
            self._child.stdout.close()
            raise ServerFailed(f"{self._name} did not start (log: {self._log}): {last_lines(self._log)}")
        # Whatever it prints from now on must not fill the pipe.
        threading.Thread(target=_copy, args=(self._child.stdout, self._log), daemon=True).start()
        return line.removeprefix(self._ready).decode().strip()


class LocalAws(Server):
    """`python -m local_aws`."""

    def __init__(self, children: Children, *, folder: Path, log: Path, port: int = 0) -> None:
        arguments = ["local_aws", "--folder", str(folder), "--port", str(port)]
        ready = f"{ENDPOINT_VARIABLE}="
        super().__init__(children, arguments, name="the local AWS", ready=ready, env=os.environ, log=log)


def _copy(stream: IO[bytes], log: Path) -> None:
    with stream, log.open("ab") as target:
        for line in stream:
            target.write(line)
            target.flush()
