"""Reading of archives that nobody vouches for, and writing of archives whose bytes depend on their content alone.

Nothing is ever extracted to disk, so no member's name can lead anywhere; every read is bounded, so neither a
compression bomb nor a header that lies about sizes takes more memory than the bound.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from typing import BinaryIO, cast

from fm.errors import ArtifactError

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK"

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
# A damaged directory makes zipfile seek before the start or beyond any file, and decode names that are none.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    NotImplementedError,
)


def read_tar_member(stream: BinaryIO, member: str, *, source: str, max_bytes: int) -> bytes:
    """The content of one regular file of a ``.tar.gz``, wherever in the archive it is.

    Raises ArtifactError naming ``source`` when the archive is damaged, lacks the member, or unpacks to more than
    ``max_bytes`` before the member has been read.
    """
    try:
        with gzip.GzipFile(fileobj=stream) as unpacked:
            bounded = cast(BinaryIO, _Bounded(unpacked, source, max_bytes))
            with tarfile.open(fileobj=bounded, mode="r|") as archive:
                return _find(archive, member, source, max_bytes)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ArtifactError(f"{source}: not a whole .tar.gz: {error}") from error


def read_zip_members(content: bytes, *, source: str, max_bytes: int) -> dict[str, bytes]:
    """Every file of a zip by name.

    Raises ArtifactError naming ``source`` when the zip is damaged or its files together exceed ``max_bytes``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            if size > max_bytes:
                raise ArtifactError(f"{source}: unpacks to {size} bytes, expected at most {max_bytes}")
            return {member.filename: _read_member(archive, member, source) for member in members}
    except ArtifactError:
        raise
    except _DAMAGED as error:
        raise ArtifactError(f"{source}: not a whole zip: {error}") from error


def write_tar(stream: BinaryIO, member: str, content: bytes) -> None:
    """A ``.tar.gz`` of one file, without times, owners or names of the machine that wrote it."""
    info = tarfile.TarInfo(member)
    info.size = len(content)
    # Trained factors hardly compress; more effort than this buys nothing.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0, compresslevel=1) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        archive.addfile(info, io.BytesIO(content))


def write_zip(members: Mapping[str, bytes]) -> bytes:
    """A zip that stores these files uncompressed, in their order and without times."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), content)
    return buffer.getvalue()


class _Bounded:
    """A stream that raises once more than ``max_bytes`` have been asked of it."""

    def __init__(self, stream: gzip.GzipFile, source: str, max_bytes: int) -> None:
        self._stream, self._source, self._max_bytes = stream, source, max_bytes
        self._left = max_bytes

    def read(self, size: int) -> bytes:
        content = self._stream.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise ArtifactError(f"{self._source}: unpacks to more than the {self._max_bytes} bytes expected at most")
        return content


def _find(archive: tarfile.TarFile, member: str, source: str, max_bytes: int) -> bytes:
    seen = []
    for info in archive:
        seen.append(info.name)
        if info.name.removeprefix("./") != member:
            continue
        # A sparse file unpacks to as many zeros as its header likes.
        is_plain = info.isreg() and not info.issparse() and info.size <= max_bytes
        file = archive.extractfile(info) if is_plain else None
        if file is None:
            expected = f"a plain file of at most {max_bytes}"
            raise ArtifactError(f"{source}: {member} has type {info.type!r} and {info.size} bytes, expected {expected}")
        return file.read()
    raise ArtifactError(f"{source}: holds {seen[:8]}, expected {member!r}")


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, source: str) -> bytes:
    if member.flag_bits & _ENCRYPTED or member.compress_type not in _READABLE_METHODS:
        state = f"method {member.compress_type}, flags {member.flag_bits:#x}"
        raise ArtifactError(f"{source}: {member.filename} has {state}, expected a stored or deflated plain file")
    return archive.read(member)
