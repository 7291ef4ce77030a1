"""The least that preparing a file can take on this machine: reading it, and writing as many bytes as come out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

BUFFER_BYTES: Final = 1 << 20
"""Stays in the processor's cache; larger and smaller ones are slower or no faster."""
WARMED_BYTES: Final = 2 << 30
"""More than the shards of 25 million ratings."""


def io_floor(source: Path, target: Path, size: int, *, writes_after: float = 0) -> float:
    """Seconds to read ``source`` and then write ``size`` bytes to ``target``, through one buffer that was used before.

    Nothing is waited for but the system's calls: like preparation, it leaves to the system when bytes reach the disk.
    writes_after: seconds from the start to the first byte written, as in the preparation it is compared with; the wait
    is not counted. A virtual machine's memory that has been free for that long is slower to write to than at once.
    """
    buffer = memoryview(bytearray(b"\1" * BUFFER_BYTES))  # first use of memory is slow, and no part of the floor
    started = time.perf_counter()
    with source.open("rb", buffering=0) as stream:
        while stream.readinto(buffer):
            pass
    read = time.perf_counter() - started
    time.sleep(max(0.0, writes_after - read))
    writing = time.perf_counter()
    _write(target, size, buffer)
    return read + time.perf_counter() - writing


def warm_pages(folder: Path, size: int = WARMED_BYTES) -> None:
    """Write a file and remove it, so that whoever writes next gets memory that was in use just now.

    A virtual machine gives what is free back to its host within seconds, and pays for each page it uses again: the same
    1.7 GB took 0.4 seconds or 5, whoever wrote them.
    """
    target = folder / "warming"
    _write(target, size, memoryview(bytearray(BUFFER_BYTES)))
    target.unlink()


def _write(target: Path, size: int, buffer: memoryview) -> None:
    with target.open("wb", buffering=0) as stream:
        left = size
        while left:
            left -= stream.write(buffer[: min(left, len(buffer))])
