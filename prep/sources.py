"""Where a dataset's files come from: a folder, a zip, or anything with the same face."""

from __future__ import annotations

import contextlib
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, Protocol, cast

from prep.errors import BadArchive, MissingFile, NoSuchDataset

MAX_FILE_BYTES: Final = 4 << 30
"""What one file of a zip may unpack to; the largest of MovieLens 32M, its ratings, takes 0.9 GB."""
_ENCRYPTED = 0x1
# For the others zipfile unpacks whatever a block of the archive holds at once: kilobytes become gigabytes of memory.
_BOUNDED_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_RESOURCE_FORKS = "__MACOSX"
_GZIP_MAGIC = b"\x1f\x8b"
# What zipfile raises for data that is not as the zip's directory says, and for a directory that is itself damaged:
# offsets before the file's start or beyond any file, names in no encoding, versions and methods nobody has.
_DAMAGED_DATA = (zipfile.BadZipFile, zlib.error, EOFError)
_DAMAGED = (*_DAMAGED_DATA, OSError, ValueError, OverflowError, NotImplementedError)
_DAMAGED_GZIP = (gzip.BadGzipFile, zlib.error, EOFError)


class Source(Protocol):
    """A dataset's files by their plain names (``ua.base``). ``str(source)`` says where it is, for messages."""

    @property
    def name(self) -> str:
        """The dataset's name, as far as the place tells it."""

    def names(self) -> frozenset[str]:
        """Every file in it."""

    def size(self, name: str) -> int:
        """Bytes that ``open`` gives of one file."""

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A readable, seekable stream of one file."""


class FolderSource:
    """The files of one folder."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise NoSuchDataset(f"{path}: no such folder")
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self._path.resolve().name

    def names(self) -> frozenset[str]:
        """The files directly in the folder."""
        return frozenset(entry.name for entry in self._path.iterdir() if entry.is_file())

    def size(self, name: str) -> int:
        """Raises MissingFile."""
        require(self, {name})
        return (self._path / name).stat().st_size

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Raises MissingFile."""
        require(self, {name})
        return (self._path / name).open("rb")


class ZipSource:
    """The files of one zip, which may sit under one top folder, as GroupLens packs them."""

    def __init__(self, path: Path, *, max_file_bytes: int = MAX_FILE_BYTES) -> None:
        """max_file_bytes: what one file may unpack to. Raises NoSuchDataset, BadArchive."""
        self._path = path
        self._max_file_bytes = max_file_bytes
        if not path.is_file():
            raise NoSuchDataset(f"{path}: no such file")
        with path.open("rb") as file, _refusing(_DAMAGED, str(path)), zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
        self._members = _members(entries, path)
        locked = sorted(name for name, member in self._members.items() if member.flag_bits & _ENCRYPTED)
        if locked:
            raise BadArchive(f"{path}: {locked[0]} is encrypted, expected a zip without a password")

    def __str__(self) -> str:
        return str(self._path)

    @property
    def name(self) -> str:
        """The zip's name without its ending."""
        return self._path.stem

    def names(self) -> frozenset[str]:
        """The files in the zip, without the top folder."""
        return frozenset(self._members)

    def size(self, name: str) -> int:
        """Unpacked, as the zip states it, and at most that when read. Raises MissingFile."""
        require(self, {name})
        return self._members[name].file_size

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Raises MissingFile, and BadArchive for a file too large or whose bytes are not what the zip says they are."""
        require(self, {name})
        self._refuse_unbounded(name)
        where = f"{self._path}: {name}"
        with contextlib.ExitStack() as opened:
            file = opened.enter_context(self._path.open("rb"))
            with _refusing(_DAMAGED, where):
                archive = opened.enter_context(zipfile.ZipFile(file))
                stream = opened.enter_context(archive.open(self._members[name]))
            # Whoever reads may raise a ValueError or OSError of its own, which is none of the zip's.
            with _refusing(_DAMAGED_DATA, where):
                yield cast("BinaryIO", stream)

    def _refuse_unbounded(self, name: str) -> None:
        """The stated size bounds the actual one: zipfile stops there, and the checksum of a longer file is then off."""
        member = self._members[name]
        if member.file_size > self._max_file_bytes:
            size = f"unpacks to {member.file_size} bytes, expected at most {self._max_file_bytes}"
            raise BadArchive(f"{self._path}: {name}: {size}")
        if member.compress_type not in _BOUNDED_METHODS:
            raise BadArchive(
                f"{self._path}: {name}: compression method {member.compress_type}, expected stored (0) or deflated (8)"
            )


def open_source(path: Path) -> FolderSource | ZipSource:
    """The folder or zip at ``path``. Raises NoSuchDataset, BadArchive."""
    if path.is_dir():
        return FolderSource(path)
    if path.is_file():
        return ZipSource(path)
    raise NoSuchDataset(f"{path}: no such folder or file, expected a folder or a zip of ratings")


@contextlib.contextmanager
def open_unpacked(source: Source, name: str) -> Iterator[BinaryIO]:
    """One file's content, unpacked where its first bytes are those of gzip, whatever its name. Raises BadArchive."""
    with source.open(name) as stream:
        if not is_gzip(stream):
            yield stream
            return
        with _refusing(_DAMAGED_GZIP, f"{source}: {name}", "gzip file"), gzip.GzipFile(fileobj=stream) as unpacked:
            yield cast("BinaryIO", unpacked)


def is_gzip(stream: BinaryIO) -> bool:
    """Whether the stream, which is at its start and stays there, is gzip's."""
    magic = stream.read(len(_GZIP_MAGIC))
    stream.seek(0)
    return magic == _GZIP_MAGIC


def is_slow_to_seek(stream: BinaryIO) -> bool:
    """Whether going back means to unpack from the start again."""
    return isinstance(stream, (zipfile.ZipExtFile, gzip.GzipFile))


def require(source: Source, names: set[str]) -> None:
    """Raises MissingFile naming every file of ``names`` that the source lacks."""
    missing = sorted(names - source.names())
    if missing:
        raise MissingFile(f"{source}: no {', '.join(missing)}; expected {', '.join(sorted(names))}")


@contextlib.contextmanager
def _refusing(damage: tuple[type[Exception], ...], where: str, kind: str = "zip") -> Iterator[None]:
    """Raises BadArchive for any of ``damage``."""
    try:
        yield
    except damage as error:
        raise BadArchive(f"{where}: {str(error) or type(error).__name__}, expected a whole {kind}") from error


def _members(entries: list[zipfile.ZipInfo], path: Path) -> dict[str, zipfile.ZipInfo]:
    files = {
        PurePosixPath(entry.filename): entry
        for entry in entries
        if not entry.filename.endswith("/") and not entry.filename.startswith(_RESOURCE_FORKS)
    }
    if PurePosixPath() in files:
        raise BadArchive(f"{path}: a member named {files[PurePosixPath()].filename!r}, expected the name of a file")
    tops = {file.parts[0] for file in files}
    has_top_folder = len(tops) == 1 and all(len(file.parts) > 1 for file in files)
    depth = 1 if has_top_folder else 0
    return {"/".join(file.parts[depth:]): entry for file, entry in files.items()}
