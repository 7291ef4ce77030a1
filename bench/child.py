"""A measured child process: what it prints, and how long it took."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import CommandFailed
from runner.children import Children
from runner.files import ROOT, last_lines


@dataclass(frozen=True, slots=True)
class Ended:
    """said: the JSON object on the last line of its output. seconds: from its start to its end."""

    said: Mapping[str, Any]
    seconds: float


def run_child(
    children: Children, args: Sequence[str | Path], *, log: Path, import_from: Sequence[Path] = (ROOT,)
) -> Ended:
    """Run a Python program to its end. log: gets its errors. import_from: its PYTHONPATH. Raises CommandFailed."""
    command = [str(arg) for arg in args]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, import_from))}
    started = time.perf_counter()
    with log.open("ab") as errors:
        child = children.start(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors)
    assert child.stdout is not None  # noqa: S101 - asked for
    with child.stdout as stream:
        output = stream.read()
    status = child.wait()
    seconds = time.perf_counter() - started
    with log.open("ab") as copy:
        copy.write(output)
    if status != 0:
        told = last_lines(log)
        raise CommandFailed(f"{' '.join(command)}: exit status {status}, expected 0 (log: {log}):{told}")
    return Ended(_last_object(output, command), seconds)


def _last_object(output: bytes, command: Sequence[str]) -> Mapping[str, Any]:
    lines = output.strip().splitlines()
    try:
        said = json.loads(lines[-1])
    except (IndexError, ValueError) as error:
        raise CommandFailed(f"{' '.join(command)}: no JSON on the last line of its output") from error
    if not isinstance(said, dict):
        raise CommandFailed(f"{' '.join(command)}: {said!r} on the last line of its output, expected an object")
    return said
