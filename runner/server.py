"""The local AWS as a child process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from runner.children import Children
from runner.errors import ServerFailed
from runner.files import ROOT, last_lines
from runner.isolation import ENDPOINT_VARIABLE

_READY = f"{ENDPOINT_VARIABLE}=".encode()


class LocalAws:
    """`python -m local_aws`: starts at once, `url` waits until it listens."""

    def __init__(self, children: Children, *, folder: Path, log: Path, port: int = 0) -> None:
        self._log = log
        args = [sys.executable, "-m", "local_aws", "--folder", str(folder), "--port", str(port)]
        with log.open("wb") as stream:
            self._child = children.start(args, env=os.environ, cwd=ROOT, stdout=subprocess.PIPE, stderr=stream)

    def url(self) -> str:
        """Its endpoint. Call once. Raises ServerFailed with the last lines it printed."""
        assert self._child.stdout is not None  # noqa: S101 - it was started with a pipe
        line = self._child.stdout.readline()
        if not line.startswith(_READY):
            self._child.wait()
            self._child.stdout.close()
            raise ServerFailed(f"the local AWS did not start (log: {self._log}): {last_lines(self._log)}")
        # Whatever it prints from now on must not fill the pipe.
        threading.Thread(target=_copy, args=(self._child.stdout, self._log), daemon=True).start()
        return line.removeprefix(_READY).decode().strip()


def _copy(stream: IO[bytes], log: Path) -> None:
    with stream, log.open("ab") as target:
        for line in stream:
            target.write(line)
            target.flush()
