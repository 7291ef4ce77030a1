"""The least that preparing a file can take on this machine: reading it, and writing as many bytes as come out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

BUFFER_BYTES: Final = 1 << 20
"""Stays in the processor's cache; larger and smaller ones are slower or no faster."""


def io_floor(source: Path, target: Path, size: int) -> float:
    """Seconds to read ``source`` and then write ``size`` bytes to ``target``, through one buffer that was used before.

    Nothing is waited for but the system's calls: like preparation, it leaves to the system when bytes reach the disk.
    """
    buffer = memoryview(bytearray(b"\1" * BUFFER_BYTES))  # first use of memory is slow, and no part of the floor
    started = time.perf_counter()
    with source.open("rb", buffering=0) as stream:
        while stream.readinto(buffer):
            pass
    with target.open("wb", buffering=0) as stream:
        left = size
        while left:
            left -= stream.write(buffer[: min(left, BUFFER_BYTES)])
    return time.perf_counter() - started
