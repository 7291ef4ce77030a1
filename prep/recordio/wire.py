"""Protobuf's wire format: a message is a run of fields, each a tag (number and kind) and a body.

Source: protobuf's "Encoding" guide. All fields of a SageMaker record are length-delimited; others are stepped over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from prep.recordio import varint
from prep.recordio.errors import MalformedRecord

_VARINT, _LENGTH_DELIMITED = 0, 2
_FIXED_BYTES = {1: 8, 5: 4}


class Span(NamedTuple):
    """Bytes ``start`` to ``stop`` of a payload."""

    start: int
    stop: int

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.stop - self.start


def tag(number: int) -> int:
    """The tag of a length-delimited field; one byte for numbers below 16."""
    return number << 3 | _LENGTH_DELIMITED


def field(number: int, body: bytes) -> bytes:
    """One length-delimited field."""
    return varint.encode_one(tag(number)) + varint.encode_one(len(body)) + body


def fields(payload: bytes, within: Span, at: int) -> Iterator[tuple[int, Span]]:
    """Number and body of each field of the message that fills ``within``, in a payload at byte ``at`` of its buffer.

    Raises MalformedRecord with the offset in the buffer.
    """
    position = within.start
    while position < within.stop:
        start = position
        try:
            tag, position = varint.decode_one(payload, start)
            length, position = _extent(payload, tag & 7, position)
        except IndexError:
            raise MalformedRecord(f"byte {at + start}: the payload ends inside a varint, expected a field") from None
        if length is None:
            raise MalformedRecord(f"byte {at + start}: field of wire type {tag & 7}, expected 0, 1, 2 or 5")
        if position + length > within.stop:
            left = within.stop - position
            raise MalformedRecord(
                f"byte {at + start}: field of {length} bytes, expected at most the {left} that are left"
            )
        yield tag >> 3, Span(position, position + length)
        position += length


def _extent(payload: bytes, kind: int, position: int) -> tuple[int | None, int]:
    """Length of a field's body, None where the kind is unknown, and where the body starts."""
    if kind == _LENGTH_DELIMITED:
        return varint.decode_one(payload, position)
    if kind == _VARINT:
        return varint.decode_one(payload, position)[1] - position, position
    return _FIXED_BYTES.get(kind), position
