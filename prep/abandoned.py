"""Folders that end with the process that made them: named after it, so that those of killed ones can be removed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SCRATCH: Final = "prep-scratch-"
_OWNER: Final = re.compile(r"(?P<host>.+)-(?P<pid>\d+)-[0-9a-f]{32}")


def owned_name(prefix: str) -> str:
    """A new name that says whose it is: this host's and this process's."""
    return f"{prefix}{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex}"


def remove_abandoned(parent: Path, prefix: str) -> None:
    """Remove folders of ``owned_name(prefix)`` whose process was killed, where it was one of this host and user."""
    for found in parent.iterdir():
        owner = _OWNER.fullmatch(found.name.removeprefix(prefix)) if found.name.startswith(prefix) else None
        if owner and owner["host"] == socket.gethostname() and not _is_alive(int(owner["pid"])) and _is_mine(found):
            shutil.rmtree(found, ignore_errors=True)


@contextlib.contextmanager
def scratch_folder(parent: Path | None) -> Iterator[Path]:
    """An empty folder for temporary files, in ``parent`` or where the system has them; gone with the block."""
    parent = parent or Path(tempfile.gettempdir())
    remove_abandoned(parent, _SCRATCH)
    folder = parent / owned_name(_SCRATCH)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _is_mine(path: Path) -> bool:
    try:
        return path.lstat().st_uid == os.getuid()
    except FileNotFoundError:  # somebody else has removed it
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
