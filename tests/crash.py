"""Faults of a container that serves a model, as far as the system can bring them about."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


def kill_container(folder: Path) -> None:
    """End the processes whose environment names the endpoint's folder, as a crash would."""
    for process in _containers(folder):
        os.kill(process, signal.SIGKILL)


@contextlib.contextmanager
def hung_container(folder: Path) -> Iterator[None]:
    """The same processes do nothing for a while."""
    processes = _containers(folder)
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def _containers(folder: Path) -> list[int]:
    marker = b"SAGEMAKER_BASE_DIR=" + f"{folder}/".encode()
    return [int(process.name) for process in PROC.iterdir() if process.name.isdecimal() and _has(process, marker)]


def _has(process: Path, marker: bytes) -> bool:
    try:
        return marker in (process / "environ").read_bytes()
    except OSError:
        return False
