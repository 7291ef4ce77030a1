"""RecordIO by its definition alone: frames of a magic number, a length and that many bytes, up to a multiple of 4."""

from __future__ import annotations

import struct
from collections.abc import Iterator

MAGIC = 0xCED7230A


def records(content: bytes) -> Iterator[bytes]:
    """What the frames hold, in their order."""
    place = 0
    while place < len(content):
        magic, length = struct.unpack_from("<II", content, place)
        assert magic == MAGIC
        yield content[place + 8 : place + 8 + length]
        place += 8 + -(-length // 4) * 4
    assert place == len(content)
