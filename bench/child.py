"""A measured child process: what it prints, how long it took, and the most memory it had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import CommandFailed
from runner.children import Children
from runner.files import ROOT, last_lines

_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss: getrusage(2)
_MB = 1 << 20
_WARMED_BYTES = 4 << 30


@dataclass(frozen=True, slots=True)
class Ended:
    """said: the JSON object on the last line of its output. seconds: from its start to its end."""

    said: Mapping[str, Any]
    seconds: float
    peak_rss_mb: float


def run_child(
    children: Children, args: Sequence[str | Path], *, log: Path, import_from: Sequence[Path] = (ROOT,)
) -> Ended:
    """Run a Python program to its end. log: gets its errors. import_from: its PYTHONPATH. Raises CommandFailed.

    The peak is the kernel's, of the process itself; what it has started and not waited for is not in it.
    """
    command = [str(arg) for arg in args]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, import_from))}
    started = time.perf_counter()
    with log.open("ab") as errors:
        child = children.start(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors)
    assert child.stdout is not None  # noqa: S101 - asked for
    with child.stdout as stream:
        output = stream.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    with log.open("ab") as copy:
        copy.write(output)
    if child.returncode != 0:
        told = last_lines(log)
        raise CommandFailed(f"{' '.join(command)}: exit status {child.returncode}, expected 0 (log: {log}):{told}")
    return Ended(_last_object(output, command), seconds, usage.ru_maxrss * _UNIT_BYTES / _MB)


def warm_memory(children: Children, *, log: Path, size: int = _WARMED_BYTES) -> None:
    """Use that much free memory once. Raises CommandFailed.

    A virtual machine may give what is free back to its host, and then pays for each page it uses again: writing one and
    the same file takes 0.4 seconds or 5, whoever writes it. It does so after seconds already.
    """
    run_child(children, [sys.executable, "-c", f"b'1' * {size}; print('{{}}')"], log=log)


def _last_object(output: bytes, command: Sequence[str]) -> Mapping[str, Any]:
    lines = output.strip().splitlines()
    try:
        said = json.loads(lines[-1])
    except (IndexError, ValueError) as error:
        raise CommandFailed(f"{' '.join(command)}: no JSON on the last line of its output") from error
    if not isinstance(said, dict):
        raise CommandFailed(f"{' '.join(command)}: {said!r} on the last line of its output, expected an object")
    return said
