"""One line's fields, and what a number, a moment and an id look like: what Arrow's reader takes, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import pyarrow as pa

from prep import documents
from prep.inputs.layout import DATES, MILLISECONDS, ZONED_DATES

LONGEST_ID: Final = 128
QUOTE: Final = b'"'
_MOST_LISTED: Final = 200
_SHOWN: Final = 40
# Spaces and tabs around are fine, a plus sign before a decimal but not before a whole number; underscores and
# hexadecimal are not. No whole number has more digits, so that none takes long to read.
_WHOLE_NUMBER: Final = re.compile(r"[ \t]*(-?)0*(\d{1,19})[ \t]*", re.ASCII)
_NUMBER: Final = re.compile(r"[ \t]*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[ \t]*", re.ASCII | re.IGNORECASE)
_LINE_END_OR_NUL: Final = re.compile(r"[\0\r\n]")
PLAIN_DATE: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}:[0-9]{2})?$"
PLAIN_ZONED_DATE: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$"
"""What most dates look like; ``moment`` takes a few others."""
_MICROSECONDS: Final = 1_000_000


def split(line: bytes, delimiter: bytes, *, quotes: bool) -> list[bytes] | None:
    """The fields; None where a quote is not closed."""
    if not quotes or QUOTE not in line:
        return line.split(delimiter)
    fields, rest = [], line
    while True:
        field, after, is_closed = _first_field(rest, delimiter)
        if not is_closed:
            return None
        fields.append(field)
        if after is None:
            return fields
        rest = after


def whole(text: str) -> int | None:
    """The int64 that stands there, else None."""
    found = _WHOLE_NUMBER.fullmatch(text)
    number = int(found[1] + found[2]) if found else None
    return number if number is not None and documents.is_int64(number) else None


def integer_id(text: str) -> int | None:
    """The int64 from 0 that stands there, else None."""
    number = whole(text)
    return number if number is not None and number >= 0 else None


def string_id(text: str) -> str | None:
    """The text where an id may be that, else None."""
    return text if 0 < len(text) <= LONGEST_ID and not _LINE_END_OR_NUL.search(text) else None


def number(text: str) -> float | None:
    """The number that stands there, else None."""
    return float(text) if _NUMBER.fullmatch(text) else None


def moment(text: str, times: str) -> int | None:
    """Whole seconds since 1970, else None. times: how moments are written, of prep.inputs.layout."""
    if times in {DATES, ZONED_DATES}:
        try:
            micros = pa.array([text]).cast(date_type(times)).cast(pa.int64())[0].as_py()
        except pa.ArrowInvalid:
            return None
        return int(micros) // _MICROSECONDS
    seconds = whole(text)
    return seconds // 1000 if seconds is not None and times == MILLISECONDS else seconds


def date_type(times: str) -> pa.DataType:
    """Arrow's type of dates with or without a zone. Dates without one are taken for UTC."""
    return pa.timestamp("us", tz="UTC" if times == ZONED_DATES else None)


def shown(text: str) -> str:
    """Its start in quotes, for messages."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def listed(names: Iterable[str]) -> str:
    """Names on one line, for messages: a quoted header may hold line ends."""
    return ", ".join(shown(name)[1:-1] for name in names)[:_MOST_LISTED]


def _first_field(rest: bytes, delimiter: bytes) -> tuple[bytes, bytes | None, bool]:
    """The field, what follows its delimiter if there is one, and whether its quote is closed.

    A quote counts at the field's start only; what stands after the closing one is part of the field, as for Arrow and
    Python's csv.
    """
    parts: list[bytes] = []
    while rest.startswith(QUOTE):
        end = rest.find(QUOTE, 1)
        if end < 0:
            return b"", None, False
        parts.append(rest[1:end])
        rest = rest[end + 1 :]
        if not rest.startswith(QUOTE):
            break
        parts.append(QUOTE)  # two quotes in a row are one of the text
    tail, found, after = rest.partition(delimiter)
    return b"".join([*parts, tail]), after if found else None, True
