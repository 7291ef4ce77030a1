"""The MovieLens 100K text formats: ratings (``u.data``, ``*.base``, ``*.test``) and ``u.item``.

Ratings are parsed by Arrow at full speed. Only when something is wrong is the file read again line by line, to name the
first bad row the way a person would: ``ua.base:17: rating 'x', expected a number from 0.5 to 5``.
Formats: README of ml-100k, "DETAILED DESCRIPTIONS OF DATA FILES".
"""

from __future__ import annotations

import io
import re
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import csv

from prep.errors import DuplicateItem, EmptyFile, MalformedRow, RatingOutOfRange
from prep.tables import UNKNOWN_YEAR, Items, Ratings

__all__ = ["GENRES", "LOWEST_RATING", "TOP_RATING", "Items", "Ratings", "read_items", "read_ratings"]

LOWEST_RATING, TOP_RATING = 0.5, 5.0

GENRES = (
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
)

_RATING_COLUMNS = ("user", "item", "rating", "timestamp")
_ITEM_COLUMNS = 5 + len(GENRES)  # id | title | release date | video release date | IMDb URL | one flag per genre
_UTF8_BOM = b"\xef\xbb\xbf"
# What Arrow reads, and no more: spaces around are fine, a plus sign before a decimal but not before a whole number;
# underscores and hexadecimal are not. No whole number has more digits, so that none takes long to read.
_WHOLE_NUMBER = re.compile(r" *(-?)0*(\d{1,19}) *", re.ASCII)
_NUMBER = re.compile(r" *[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)? *", re.ASCII | re.IGNORECASE)
_YEAR_IN_TITLE = re.compile(r"\((\d{4})\)")
_YEAR_IN_DATE = re.compile(r"-(\d{4})$")
_INT64 = np.iinfo(np.int64)
_SHOWN = 40


def read_ratings(stream: BinaryIO, *, source: str) -> Ratings:
    """Read tab-separated ``user item rating timestamp`` rows.

    source: the file's name, for messages. Ids are whole numbers from 0; ratings 0.5 to 5.
    Raises EmptyFile, MalformedRow (wrong number of columns, not a number) and RatingOutOfRange, for the first bad row.
    """
    data = _rows_of(stream.read(), source)
    try:
        columns = _parse_ratings(data)
    except pa.ArrowInvalid as error:
        raise _first_bad_rating(data, source, otherwise=str(error)) from error
    values = columns["rating"]
    is_sound = (
        ((values >= LOWEST_RATING) & (values <= TOP_RATING)).all()  # NaN fails both
        and columns["user"].min() >= 0
        and columns["item"].min() >= 0
        and b"x" not in data  # Arrow reads 0x1F as 31
        and b"X" not in data
    )
    if not is_sound:
        raise _first_bad_rating(data, source, otherwise="a value out of range")
    return Ratings(columns["user"], columns["item"], values.astype(np.float32), columns["timestamp"])


def read_items(stream: BinaryIO, *, source: str) -> Items:
    """Read ``u.item``: pipe-separated, one line per movie, 19 genre flags at the end; latin-1, or UTF-8 where a byte
    order mark says so.

    The year is the one in the title ("Contempt (1963)"), else that of the release date, later for a re-release.
    Raises EmptyFile, MalformedRow and DuplicateItem, for the first bad row.
    """
    # latin-1 counts byte 0x85 as a line end for str.splitlines; the file does not.
    lines = _item_text(stream.read(), source).split("\n")
    rows = [_item_row(text.rstrip("\r"), f"{source}:{line}") for line, text in enumerate(lines, start=1)]
    ids = [item for item, _ in rows]
    _refuse_repeated_items(ids, source)
    return Items(
        ids=np.array(ids, dtype=np.int64),
        titles=tuple(fields[1].strip() for _, fields in rows),
        years=np.array([_year(title=fields[1], released=fields[2]) for _, fields in rows], dtype=np.int64),
        genres=np.array([[flag == "1" for flag in fields[5:]] for _, fields in rows], dtype=np.bool_),
        genre_names=GENRES,
    )


def _rows_of(data: bytes, source: str) -> bytes:
    """The file without a byte order mark and blank lines at its end, so that row r is line r + 1."""
    rows = data.removeprefix(_UTF8_BOM).rstrip()
    if not rows:
        raise EmptyFile(f"{source}: empty file, expected at least one row")
    return rows


def _item_text(data: bytes, source: str) -> str:
    rows = _rows_of(data, source)
    try:
        return rows.decode("utf-8" if data.startswith(_UTF8_BOM) else "latin-1")
    except UnicodeDecodeError as error:
        line = rows.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{rows[error.start]:02x} after a byte order mark"
        raise MalformedRow(f"{source}:{line}: {found}, expected UTF-8, or latin-1 without the mark") from error


def _parse_ratings(data: bytes) -> dict[str, np.ndarray]:
    kinds = {"user": pa.int64(), "item": pa.int64(), "rating": pa.float64(), "timestamp": pa.int64()}
    table = csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(column_names=list(_RATING_COLUMNS)),
        # A blank line between rows is refused rather than skipped: it would shift every line number after it.
        parse_options=csv.ParseOptions(delimiter="\t", quote_char=False, ignore_empty_lines=False),
        # Without this an empty field becomes a null instead of an error.
        convert_options=csv.ConvertOptions(column_types=kinds, null_values=[], strings_can_be_null=False),
    )
    return {name: table.column(name).to_numpy() for name in _RATING_COLUMNS}


def _first_bad_rating(data: bytes, source: str, *, otherwise: str) -> MalformedRow:
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="latin-1", newline=None)
    for line, text in enumerate(lines, start=1):
        problem = _rating_problem(text.rstrip("\n"), f"{source}:{line}")
        if problem is not None:
            return problem
    return MalformedRow(f"{source}: {otherwise.splitlines()[0]}, expected rows of {', '.join(_RATING_COLUMNS)}")


def _rating_problem(text: str, where: str) -> MalformedRow | None:
    fields = text.split("\t")
    if len(fields) != len(_RATING_COLUMNS):
        found = f"{len(fields)} columns in {_shown(text)}" if text.strip() else "a blank line"
        expected = f"{len(_RATING_COLUMNS)} separated by tabs: {', '.join(_RATING_COLUMNS)}"
        return MalformedRow(f"{where}: {found}, expected {expected}")
    user, item, rating, timestamp = fields
    for name, value in (("user", user), ("item", item)):
        if _id(value) is None:
            return MalformedRow(f"{where}: {name} {_shown(value)}, expected a whole number from 0")
    if (problem := _value_problem(rating, where)) is not None:
        return problem
    if _whole(timestamp) is None:
        return MalformedRow(f"{where}: timestamp {_shown(timestamp)}, expected whole seconds since 1970")
    return None


def _value_problem(rating: str, where: str) -> MalformedRow | None:
    expected = f"expected a number from {LOWEST_RATING:g} to {TOP_RATING:g}"
    if _NUMBER.fullmatch(rating) is None:
        return MalformedRow(f"{where}: rating {_shown(rating)}, {expected}")
    if not LOWEST_RATING <= float(rating) <= TOP_RATING:
        return RatingOutOfRange(f"{where}: rating {_shown(rating)}, {expected}")
    return None


def _item_row(text: str, where: str) -> tuple[int, list[str]]:
    """The item's id, and all fields as they stand there."""
    fields = text.split("|")
    if len(fields) != _ITEM_COLUMNS:
        expected = f"{_ITEM_COLUMNS} separated by |: id, title, three more and {len(GENRES)} genre flags"
        raise MalformedRow(f"{where}: {len(fields)} columns in {_shown(text)}, expected {expected}")
    if (item := _id(fields[0])) is None:
        raise MalformedRow(f"{where}: item id {_shown(fields[0])}, expected a whole number from 0")
    if not fields[1].strip():
        raise MalformedRow(f"{where}: title {_shown(fields[1])}, expected some text")
    for genre, flag in zip(GENRES, fields[5:], strict=True):
        if flag not in ("0", "1"):
            raise MalformedRow(f"{where}: genre flag {genre} {_shown(flag)}, expected 0 or 1")
    return item, fields


def _refuse_repeated_items(ids: list[int], source: str) -> None:
    first_line: dict[int, int] = {}
    for line, item in enumerate(ids, start=1):
        if item in first_line:
            raise DuplicateItem(
                f"{source}:{line}: item {item}, already on line {first_line[item]}; expected one row each"
            )
        first_line[item] = line


def _year(*, title: str, released: str) -> int:
    in_title = _YEAR_IN_TITLE.findall(title)
    if in_title:
        return int(in_title[-1])
    in_date = _YEAR_IN_DATE.search(released.strip())
    return int(in_date[1]) if in_date else UNKNOWN_YEAR


def _whole(text: str) -> int | None:
    """The int64 that stands there, else None."""
    found = _WHOLE_NUMBER.fullmatch(text)
    number = int(found[1] + found[2]) if found else None
    return number if number is not None and _INT64.min <= number <= _INT64.max else None


def _id(text: str) -> int | None:
    """The int64 from 0 that stands there, else None."""
    number = _whole(text)
    return number if number is not None and number >= 0 else None


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
