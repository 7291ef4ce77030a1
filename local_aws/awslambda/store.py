"""Folders that are built once per content and shared by every sandbox that needs them."""

from __future__ import annotations

import io
import shutil
import stat
import tempfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

MAX_UNZIPPED_BYTES = 262_144_000
"""Code and layers together ("Lambda quotas", deployment package size)."""


class BadArchive(ValueError):
    """The zip cannot be unpacked, is too large, or reaches outside its folder."""


class FolderStore:
    """Named folders under one root, each complete or absent."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()

    def get(self, name: str, build: Callable[[Path], None]) -> Path:
        """The folder called `name`; `build` fills it the first time."""
        folder = self._root / name
        with self._lock:
            if not folder.exists():
                self._root.mkdir(parents=True, exist_ok=True)
                partial = Path(tempfile.mkdtemp(dir=self._root, prefix=f".{name[:16]}-"))
                try:
                    build(partial)
                    partial.rename(folder)
                except BaseException:
                    shutil.rmtree(partial)
                    raise
        return folder


def check_archives(archives: list[bytes], *, max_bytes: int = MAX_UNZIPPED_BYTES) -> None:
    """Refuse what Lambda refuses at creation. Raises BadArchive."""
    total = sum(info.file_size for archive in archives for info in _members(archive))
    if total > max_bytes:
        raise BadArchive(f"Unzipped size must be smaller than {max_bytes} bytes")


def unpack(archive: bytes, into: Path) -> None:
    """Unpack a zip whose members all stay inside `into`. Raises BadArchive."""
    members = _members(archive)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        for member in members:
            path = Path(opened.extract(member, into))
            mode = stat.S_IMODE(member.external_attr >> 16)
            if mode and not member.is_dir():
                path.chmod(mode | stat.S_IRUSR)


def _members(archive: bytes) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            members = opened.infolist()
    except zipfile.BadZipFile as error:
        raise BadArchive("Could not unzip uploaded file. Please check your file, then try to upload again.") from error
    if not members:
        raise BadArchive("Uploaded file must be a non-empty zip")
    for member in members:
        _check_member(member)
    return members


def _check_member(member: zipfile.ZipInfo) -> None:
    path = PurePosixPath(member.filename)
    if path.is_absolute() or ".." in path.parts:
        raise BadArchive(f"{member.filename!r} is outside the archive's folder")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise BadArchive(f"{member.filename!r} is a symbolic link, expected files and folders only")
