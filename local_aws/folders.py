"""The one folder of a local AWS: claimed by one server at a time, and swept of what only running processes need."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path

RUNNING = "running"
"""Below it: the folders of sandboxes, training jobs and endpoints. None outlives the server."""


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Make the folder, keep other servers out of it, and sweep it first and last.

    Raises OSError when it cannot be made, or another server uses it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError(errno.EBUSY, "another local AWS uses this folder", str(folder)) from error
        _sweep(folder)
        try:
            yield
        finally:
            _sweep(folder)


def _sweep(folder: Path) -> None:
    # A server that was killed leaves all of it; one that stops may have threads that still write.
    shutil.rmtree(folder / RUNNING, ignore_errors=True)
