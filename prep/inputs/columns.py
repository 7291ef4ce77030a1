"""Which column is which: as people say, else by the names that columns usually have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from prep.errors import UnknownColumns
from prep.input_spec import DOUBLE_COLON, Columns
from prep.inputs import fields
from prep.inputs.layout import DATES, MILLISECONDS, SECONDS, ZONED_DATES, TextTable


def names_of(text: str) -> frozenset[str]:
    """The words of a text, as ``plain`` writes names."""
    return frozenset(text.split())


USUAL: Final[Mapping[str, frozenset[str]]] = {
    "user": names_of("user userid uid customer customerid reviewer reviewerid member memberid person personid"),
    "item": names_of(
        "item itemid iid movie movieid product productid asin book bookid isbn track trackid song songid "
        "game gameid business businessid"
    ),
    "rating": names_of("rating ratings score scores star stars overall bookrating userrating ratingvalue"),
    "timestamp": names_of("timestamp time date datetime ts unixtime unixreviewtime ratedat createdat reviewdate"),
}
"""The names that the columns that are used have."""
REQUIRED: Final = ("user", "item", "rating")
_DELIMITERS: Final = (DOUBLE_COLON, "\t", ",", ";", "|")
_SAMPLE: Final = 200
_LATEST_S: Final = 100_000_000_000  # the year 5138: what is more counts milliseconds
_LEADING_ZERO: Final = re.compile(r"0\d+")
_SHOWN_COLUMNS: Final = 12


@dataclass(frozen=True, slots=True)
class Found:
    """A table, and the kinds of its ids."""

    table: TextTable
    user_ids: str
    item_ids: str
    how: str


def plain(name: str) -> str:
    """A column's name in lower-case letters and digits; ``user_id:token``, as RecBole has it, without the type."""
    return re.sub(r"[\W_]", "", name.partition(":")[0].lower())


def resolve(file: str, names: Sequence[str], said: Columns) -> dict[str, int]:
    """The position of each column that is used, by ``user``, ``item``, ``rating`` and, where there is one,
    ``timestamp``. names: of all columns. Raises UnknownColumns.
    """
    places = {role: _said_place(file, names, role, column) for role, column in said.mapped.items()}
    for role, usual in USUAL.items():
        if role in places:
            continue
        found = [place for place, name in enumerate(names) if plain(name) in usual and place not in places.values()]
        if len(found) > 1:
            several = " and ".join(repr(names[place]) for place in found)
            raise UnknownColumns(f"{file}: both {several} may be the {role}; {_advice(names, role)}")
        if found:
            places[role] = found[0]
    missing = [role for role in REQUIRED if role not in places]
    if missing:
        raise UnknownColumns(f"{file}: no column is known for the {missing[0]}; {_advice(names, missing[0])}")
    if len(set(places.values())) < len(places):
        raise UnknownColumns(f"{file}: one column for two of {', '.join(places)}; {_advice(names, 'user')}")
    return places


def find_columns(file: str, lines: Sequence[bytes], said: Columns, delimiter: str | None) -> Found:
    """lines: the file's first, none blank. delimiter: where it is known. Raises UnknownColumns."""
    delimiter = said.delimiter or delimiter or _delimiter(file, lines[0])
    sample = [_texts(line, delimiter) for line in lines[: _SAMPLE + 1]]
    first, rest = sample[0], sample[1:]
    has_header = _has_header(first, rest, said)
    if has_header:
        names, rows = [name.strip() for name in first], rest
        width = len(names)
        how = f"found by its header {_listed(names)}" if not said.mapped else "columns as said"
    else:
        width = _usual_width(sample, said)
        names, rows = [f"column {place}" for place in range(width)], sample
        how = "columns as said"
    places = resolve(file, names, said)
    rows = [row for row in rows if len(row) == width]
    timestamp = places.get("timestamp")
    table = TextTable(
        delimiter=delimiter,
        width=width,
        user=places["user"],
        item=places["item"],
        rating=places["rating"],
        timestamp=timestamp,
        header=tuple(names) if has_header else None,
        quotes=delimiter != DOUBLE_COLON,
        times=SECONDS if timestamp is None else times_of([row[timestamp] for row in rows]),
    )
    return Found(
        table,
        said.user_ids or _kind_of([row[table.user] for row in rows]),
        said.item_ids or _kind_of([row[table.item] for row in rows]),
        how,
    )


def times_of(sample: Sequence[str]) -> str:
    """How most of the moments are written; in seconds where that cannot be told."""
    numbers = [number for number in map(fields.whole, sample) if number is not None]
    if 2 * len(numbers) >= len(sample):
        return MILLISECONDS if numbers and np.median(np.abs(np.array(numbers, float))) > _LATEST_S else SECONDS
    for times in (DATES, ZONED_DATES):
        if 2 * sum(fields.moment(text, times) is not None for text in sample) >= len(sample):
            return times
    return SECONDS


def _said_place(file: str, names: Sequence[str], role: str, column: str | int) -> int:
    if isinstance(column, int):
        if column < len(names):
            return column
        raise UnknownColumns(f"{file}: position {column} for the {role}, expected less than the {len(names)} columns")
    found = [place for place, name in enumerate(names) if name == column.strip()]
    if len(found) == 1:
        return found[0]
    count = "no column" if not found else f"{len(found)} columns"
    raise UnknownColumns(f"{file}: {count} {column!r} for the {role}, expected one of {_listed(names)}")


def _has_header(first: Sequence[str], rest: Sequence[Sequence[str]], said: Columns) -> bool:
    """Where it is not said: where names are, or where the ratings of other lines are numbers and the first is none."""
    if said.header is not None:
        return said.header
    if any(isinstance(column, str) for column in said.mapped.values()) or not isinstance(said.rating, int):
        return any(fields.number(name) is None for name in first)
    place = said.rating
    numbers = [len(row) > place and fields.number(row[place]) is not None for row in (first, *rest)]
    return not numbers[0] and (not rest or any(numbers))


def _usual_width(sample: Sequence[Sequence[str]], said: Columns) -> int:
    """That of most rows, of those that have every position that was said if there are any."""
    last = max((column for column in said.mapped.values() if isinstance(column, int)), default=0)
    widths = [len(row) for row in sample]
    fitting = [width for width in widths if width > last]
    return Counter(fitting or widths).most_common(1)[0][0]


def _kind_of(sample: Sequence[str]) -> str:
    """Whole numbers where most are, so that a few bad rows do not decide; not where a zero leads, which has to stay."""
    texts = [text.strip() for text in sample if text.strip()]
    wholes = [text for text in texts if text.removeprefix("-").isdecimal() and text.isascii()]
    is_integer = 2 * len(wholes) >= len(texts) and not any(_LEADING_ZERO.fullmatch(text) for text in wholes)
    return "integer" if is_integer else "string"


def _delimiter(file: str, line: bytes) -> str:
    text = line.decode("utf-8", "replace")
    likely = max(_DELIMITERS, key=lambda delimiter: len(_texts(line, delimiter)))
    if len(_texts(line, likely)) >= len(REQUIRED):
        return likely
    expected = "at least three columns separated by commas, tabs, semicolons, | or ::"
    raise UnknownColumns(f"{file}: first line {fields.shown(text)}, expected {expected}")


def _texts(line: bytes, delimiter: str) -> list[str]:
    found = fields.split(line, delimiter.encode(), quotes=delimiter != DOUBLE_COLON)
    return [text.decode("utf-8", "replace") for text in found or [line]]


def _advice(names: Sequence[str], role: str) -> str:
    return f'columns are {_listed(names)}; say by name or position which it is, as in {{"columns": {{"{role}": 0}}}}'


def _listed(names: Sequence[str]) -> str:
    shown = [name if len(name) <= 40 else f"{name[:40]}…" for name in names[:_SHOWN_COLUMNS]]
    line = ", ".join(name if name.isprintable() else repr(name) for name in shown)
    return line if len(names) <= _SHOWN_COLUMNS else f"{line} and {len(names) - _SHOWN_COLUMNS} more"
