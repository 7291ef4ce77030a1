"""A stream cut into blocks of whole lines, in one buffer whatever the lines are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

import numpy as np

BLOCK_BYTES: Final = 4 << 20
LONGEST_LINE_BYTES: Final = 1 << 20
_EXCERPT_BYTES: Final = 200


@dataclass(frozen=True, slots=True)
class Span:
    """Whole lines: bytes ``start`` to before ``stop`` of a buffer, which is written again for the next one."""

    buffer: bytearray
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def __contains__(self, part: bytes) -> bool:
        return self.buffer.find(part, self.start, self.stop) >= 0

    def extent(self) -> tuple[int, int]:
        """The lowest byte and the highest one, 255 and 0 where there is none. Faster than to look for one of them."""
        codes = np.frombuffer(self.view, np.uint8)
        return int(codes.min(initial=255)), int(codes.max(initial=0))

    def count(self, part: bytes) -> int:
        """Occurrences that do not overlap."""
        return self.buffer.count(part, self.start, self.stop)

    def has_lone_cr(self) -> bool:
        """Whether some CR is not followed by LF. Faster than to count either: most files have one or none a line."""
        if self.buffer.find(b"\r", self.start, self.stop) < 0:
            return False
        codes = np.frombuffer(self.view, np.uint8)
        is_cr = codes == ord("\r")
        is_lone = is_cr[:-1] & (codes[1:] != ord("\n"))
        return bool(is_lone.any() or is_cr[-1])

    @property
    def view(self) -> memoryview:
        """The bytes, not copied."""
        return memoryview(self.buffer)[self.start : self.stop]

    def lines(self) -> list[bytes]:
        """Each line without its line end, LF or CRLF."""
        lines = bytes(self.view).split(b"\n")
        if not lines[-1]:
            lines.pop()
        return [line.removesuffix(b"\r") for line in lines]

    def pieces(self, size: int) -> Iterator[Span]:
        """The same lines in spans of about so many bytes."""
        start = self.start
        while start < self.stop:
            end = self.buffer.find(b"\n", min(start + size, self.stop) - 1, self.stop) + 1 or self.stop
            yield Span(self.buffer, start, end)
            start = end


@dataclass(frozen=True, slots=True)
class LongLine:
    """A line of more than LONGEST_LINE_BYTES: its first bytes."""

    excerpt: bytes


def cut(stream: BinaryIO, size: int | None = None) -> Iterator[Span | LongLine]:
    """The next ``size`` bytes of the stream, or all that is left, which begin and end with a line."""
    return _Cutter(cast("io.BufferedIOBase", stream), size).blocks()


def line_start(stream: BinaryIO, offset: int) -> int:
    """The first offset from ``offset`` on at which a line starts, or the stream's end."""
    if offset == 0:
        return 0
    position = stream.seek(offset - 1)
    while chunk := stream.read(1 << 16):
        if (found := chunk.find(b"\n")) >= 0:
            return position + found + 1
        position += len(chunk)
    return position


class _Cutter:
    def __init__(self, stream: io.BufferedIOBase, size: int | None) -> None:
        self._stream = stream
        self._left = size
        self._buffer = bytearray(BLOCK_BYTES)
        self._filled = 0

    def blocks(self) -> Iterator[Span | LongLine]:
        """All of them."""
        while self._fill():
            end = self._buffer.rfind(b"\n", 0, self._filled) + 1
            yield from self._lines(end)
            self._keep(end)
            if self._filled > LONGEST_LINE_BYTES:
                yield LongLine(bytes(self._buffer[:_EXCERPT_BYTES]))
                self._skip_line()
        yield from self._lines(self._filled)

    def _fill(self) -> bool:
        """Whether the buffer is full; otherwise the stream has ended."""
        view = memoryview(self._buffer)
        while self._filled < len(view):
            room = len(view) - self._filled
            size = room if self._left is None else min(room, self._left)
            read = self._stream.readinto(view[self._filled : self._filled + size]) if size else 0
            if not read:
                return False
            self._filled += read
            if self._left is not None:
                self._left -= read
        return True

    def _lines(self, end: int) -> Iterator[Span | LongLine]:
        """The buffer up to ``end``, around lines that are too long."""
        start = position = 0
        while position < end:
            # Some line ends within reach, else the one that begins here is too long: no look at every line.
            found = self._buffer.rfind(b"\n", position, min(position + LONGEST_LINE_BYTES + 1, end))
            if found < 0 and end - position <= LONGEST_LINE_BYTES:
                found = end - 1  # the last line of all, which nothing ends
            if found >= 0:
                position = found + 1
                continue
            if start < position:
                yield Span(self._buffer, start, position)
            yield LongLine(bytes(self._buffer[position : position + _EXCERPT_BYTES]))
            start = position = self._buffer.find(b"\n", position, end) + 1 or end
        if start < end:
            yield Span(self._buffer, start, end)

    def _keep(self, start: int) -> None:
        kept = self._filled - start
        view = memoryview(self._buffer)  # which moves bytes without a copy beside
        view[:kept] = view[start : self._filled]
        self._filled = kept

    def _skip_line(self) -> None:
        """Read on to the line after the one that fills the buffer."""
        while True:
            self._filled = 0
            is_full = self._fill()
            if end := self._buffer.find(b"\n", 0, self._filled) + 1:
                self._keep(end)
                return
            if not is_full:
                self._filled = 0
                return
