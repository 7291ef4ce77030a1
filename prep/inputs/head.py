"""A text file's beginning: whether it is text at all, and where its rows start."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import BinaryIO, Final

from prep.errors import UnreadableText
from prep.sources import Source, open_unpacked

HEAD_BYTES: Final = 1 << 16
_BOM: Final = codecs.BOM_UTF8
_FOREIGN_BOMS: Final = {
    codecs.BOM_UTF32_LE: "UTF-32",  # before UTF-16's, which is its beginning
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_CONTROLS: Final = bytes(code for code in range(32) if code not in b"\t\n\f\r")


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes. is_whole: whether they are all."""

    content: bytes
    is_whole: bool

    @property
    def lines(self) -> list[bytes]:
        """Whole lines without their ends, blank ones left out."""
        lines = self.content.removeprefix(_BOM).split(b"\n")
        whole = lines if self.is_whole else lines[:-1]
        return [line.removesuffix(b"\r") for line in whole if line.strip()]

    def rows_start(self, *, has_header: bool) -> tuple[int, int]:
        """The offset at which rows start, and how many lines are before it: the header and blank ones before that."""
        offset = len(_BOM) if self.content.startswith(_BOM) else 0
        if not has_header:
            return offset, 0
        lines, is_blank = 0, True
        while is_blank and offset < len(self.content):
            end = self.content.find(b"\n", offset) + 1 or len(self.content)
            is_blank = not self.content[offset:end].strip()
            offset, lines = end, lines + 1
        return offset, lines


def head_of(source: Source, file: str) -> Head:
    """The beginning of a text file. Raises UnreadableText, BadArchive, MissingFile."""
    with open_unpacked(source, file) as stream:
        return read_head(stream, file)


def read_head(stream: BinaryIO, file: str) -> Head:
    """stream: at its start, and back there afterwards. Raises UnreadableText."""
    content = b""
    while len(content) < HEAD_BYTES and (chunk := stream.read(HEAD_BYTES - len(content))):
        content += chunk
    stream.seek(0)
    if (fault := _fault(content)) is not None:
        raise UnreadableText(f"{file}: {fault}")
    return Head(content, len(content) < HEAD_BYTES)


def _fault(content: bytes) -> str | None:
    for mark, name in _FOREIGN_BOMS.items():
        if content.startswith(mark):
            return f"{name}, expected UTF-8"
    # Of ASCII in UTF-16 every other byte. A few odd bytes are bad rows.
    if max(content[0::2].count(0), content[1::2].count(0)) > max(3, len(content) // 6):
        return "UTF-16 or binary, expected UTF-8 text"
    if len(content) - len(content.translate(None, _CONTROLS)) > max(8, len(content) // 20):
        return "binary, expected UTF-8 text"
    if b"\n" not in content and b"\r" in content.rstrip(b"\r"):
        return "lines that end in CR, expected LF or CRLF"
    return None
