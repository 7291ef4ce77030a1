"""Lines looked at one by one: what a good row is, and why another is none. The parser at speed agrees with this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from prep.input_spec import InputSpec
from prep.inputs import fields
from prep.inputs.layout import Layout, TextTable

UTF8_BOM: Final = "\ufeff"
_HUGE: Final = 1e38  # float32 ends not far above


class Row(NamedTuple):
    """One rating. value: as float32 has it. time: seconds since 1970, 0 where there is none."""

    user: int | str
    item: int | str
    value: float
    time: int


@dataclass(frozen=True, slots=True)
class Problem:
    """reason: of prep.inputs.rejections. found: what was. expected: None for what the reason says."""

    reason: str
    found: str
    expected: str = ""


class RowChecker:
    """The rules for one table's lines."""

    def __init__(self, layout: Layout, table: TextTable, spec: InputSpec, *, with_times: bool) -> None:
        self._table = table
        self._delimiter = table.delimiter.encode()
        self._ids = (("user", table.user, layout.user_ids), ("item", table.item, layout.item_ids))
        self._timestamp = table.timestamp if with_times else None
        self._expected = expected_rating(*spec.scale)
        self._scale = tuple(float(np.float32(bound)) for bound in spec.scale)

    def check(self, line: bytes) -> Row | Problem | None:
        """line: without its end. None for a blank one."""
        if not line or line.isspace():
            return None
        table = self._table
        texts = fields.split(line, self._delimiter, quotes=table.quotes)
        if texts is None:
            return Problem("unclosed_quote", f"a quote that is never closed in {_shown(line)}")
        if table.header and len(texts) == table.width and is_header(texts, table.header):
            return Problem("repeated_header", f"the header {_shown(line)}")
        if len(texts) != table.width:
            found = f"{len(texts)} field{'s' if len(texts) > 1 else ''} in {_shown(line)}"
            return Problem("missing_field" if len(texts) < table.width else "too_many_fields", found, self._width())
        return self._row(texts)

    def _row(self, texts: list[bytes]) -> Row | Problem:
        ids: list[int | str] = []
        for role, column, kind in self._ids:
            found = self._id(role, texts[column], kind)
            if isinstance(found, Problem):
                return found
            ids.append(found)
        value = self._value(texts[self._table.rating])
        if isinstance(value, Problem):
            return value
        time = 0 if self._timestamp is None else self._time(texts[self._timestamp])
        return time if isinstance(time, Problem) else Row(ids[0], ids[1], value, time)

    def _id(self, role: str, content: bytes, kind: str) -> int | str | Problem:
        text = _decoded(role, content)
        if isinstance(text, Problem):
            return text
        found = fields.integer_id(text) if kind == "integer" else fields.string_id(text)
        return Problem("bad_id", f"{role} {fields.shown(text)}", EXPECTED_ID[kind]) if found is None else found

    def _value(self, content: bytes) -> float | Problem:
        text = _decoded("rating", content)
        if isinstance(text, Problem):
            return text
        number = fields.number(text)
        found = f"rating {fields.shown(text)}"
        if number is None:
            return Problem("not_a_number", found, self._expected)
        value = float(np.float32(number)) if abs(number) < _HUGE else number
        if not self._scale[0] <= value <= self._scale[1]:
            return Problem("out_of_range", found, self._expected)
        return value

    def _time(self, content: bytes) -> int | Problem:
        text = _decoded("timestamp", content)
        if isinstance(text, Problem):
            return text
        found = fields.moment(text, self._table.times)
        expected = EXPECTED_TIME[self._table.times]
        return Problem("bad_timestamp", f"timestamp {fields.shown(text)}", expected) if found is None else found

    def _width(self) -> str:
        delimiter = {"\t": "tabs"}.get(self._table.delimiter, self._table.delimiter)
        return f"{self._table.width} separated by {delimiter}"


EXPECTED_ID: Final = {
    "integer": "a whole number from 0 to 2^63 - 1",
    "string": f"1 to {fields.LONGEST_ID} characters on one line",
}
EXPECTED_TIME: Final = {
    "seconds": "whole seconds since 1970",
    "milliseconds": "whole milliseconds since 1970",
    "dates": "a date as 2015-03-01, or with its time of day as 2015-03-01 10:00:00",
    "zoned dates": "a date with its time of day and zone, as 2015-03-01T10:00:00Z",
}


def expected_rating(lowest: float, highest: float) -> str:
    """In words."""
    return f"a number from {lowest:g} to {highest:g}"


def is_header(texts: list[bytes], header: tuple[str, ...]) -> bool:
    """Whether the fields are the header's names, which may be spaced differently and follow a byte order mark."""
    return tuple(text.decode("utf-8", "replace").removeprefix(UTF8_BOM).strip() for text in texts) == header


def _decoded(role: str, content: bytes) -> str | Problem:
    if not content:
        return Problem("missing_field", f"no {role}")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        return Problem("not_utf8", f"byte 0x{content[error.start]:02x} in {role} {_shown(content)}")


def _shown(line: bytes) -> str:
    return fields.shown(line[:200].decode("utf-8", "backslashreplace"))
