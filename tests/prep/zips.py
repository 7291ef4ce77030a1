"""Zips whose directory is damaged, one field at a time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from unittest.mock import patch


def zip_of(files: Mapping[str, bytes], *, is_zip64: bool = False) -> bytes:
    """A zip of stored files; as zip64 it has those larger records too."""
    buffer = io.BytesIO()
    limit = 0 if is_zip64 else zipfile.ZIP64_LIMIT
    with patch.object(zipfile, "ZIP64_LIMIT", limit), zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def edited(content: bytes) -> Iterator[bytes]:
    """Every field of the central directory and of the records after it, set to its least and largest and others.

    Wherever a field starts and however wide it is (APPNOTE.TXT 4.3.12 to 4.3.16), these edits meet it.
    """
    for at in range(content.index(b"PK\x01\x02"), len(content)):
        for width in (1, 2, 4, 8):
            for value in (0, 1, (1 << 8 * width - 1) - 1, 1 << 8 * width - 1, (1 << 8 * width) - 1):
                if at + width <= len(content):
                    yield content[:at] + value.to_bytes(width, "little") + content[at + width :]
