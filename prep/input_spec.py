"""What people say of their ratings. Whatever they leave out is found by looking at the files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from prep import documents
from prep.errors import BadJob

AUTO: Final = "auto"
MOVIELENS: Final = ("ml-100k", "ml-1m", "ml-10m", "ml-csv")
CUSTOM: Final = ("csv", "tsv", "parquet")
FORMATS: Final = (AUTO, *MOVIELENS, *CUSTOM)
"""``ml-csv`` is that of MovieLens 20M, 25M, 32M, latest and latest-small."""
DUPLICATES: Final = ("first", "last", "error")
ID_KINDS: Final = ("integer", "string")
LOWEST: Final = 0.5
HIGHEST: Final = 5.0
MAX_REJECTED: Final = 0.01
DOUBLE_COLON: Final = "::"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column is which, by the header's name or by position from 0. What is None is found by its usual names.

    delimiter: one character, or ``::``. header: whether the first line names the columns. user_ids, item_ids:
    ``integer`` or ``string``. Raises BadJob.
    """

    user: str | int | None = None
    item: str | int | None = None
    rating: str | int | None = None
    timestamp: str | int | None = None
    delimiter: str | None = None
    header: bool | None = None
    user_ids: str | None = None
    item_ids: str | None = None

    def __post_init__(self) -> None:
        for role, column in self.mapped.items():
            is_name = isinstance(column, str) and bool(column)
            if not is_name and not (type(column) is int and 0 <= column < 10_000):
                raise _bad(f"columns.{role}", column, "a header's name, or a position from 0")
        if len(set(self.mapped.values())) < len(self.mapped):
            raise _bad("columns", self.mapped, "another column for each")
        if self.header is False and (
            named := [role for role, column in self.mapped.items() if isinstance(column, str)]
        ):
            raise _bad(f"columns.{named[0]}", self.mapped[named[0]], "a position where there is no header")
        if self.header is not None and not isinstance(self.header, bool):
            raise _bad("columns.header", self.header, "true or false")
        if self.delimiter is not None and not _is_delimiter(self.delimiter):
            raise _bad("columns.delimiter", self.delimiter, "one character that is no letter, digit or quote, or ::")
        for role in ("user_ids", "item_ids"):
            if (kind := getattr(self, role)) is not None and kind not in ID_KINDS:
                raise _bad(f"columns.{role}", kind, f"one of {', '.join(ID_KINDS)}")

    @property
    def mapped(self) -> dict[str, str | int]:
        """The columns that were named."""
        roles = {"user": self.user, "item": self.item, "rating": self.rating, "timestamp": self.timestamp}
        return {role: column for role, column in roles.items() if column is not None}

    @classmethod
    def from_json(cls, given: Any) -> Columns:
        """Every field optional. Raises BadJob naming the field."""
        return cls(**_checked(given, cls, "columns"))

    def as_json(self) -> dict[str, Any]:
        """What ``from_json`` reads, without what is left to be found."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """What is said of the input.

    format: one of FORMATS. columns: for csv, tsv and parquet. file: the one with the ratings, where several may be.
    lowest, highest: the scale of ratings, 0.5 to 5 unless said. max_rejected: the share of rows, 0 to 1, that may be
    rejected. duplicates: which of one user's ratings of one item counts. Raises BadJob.
    """

    format: str = AUTO
    columns: Columns | None = None
    file: str | None = None
    lowest: float | None = None
    highest: float | None = None
    max_rejected: float = MAX_REJECTED
    duplicates: str = "first"

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise _bad("format", self.format, f"one of {', '.join(FORMATS)}")
        if self.format in MOVIELENS and (self.columns is not None or self.file is not None):
            found = "columns" if self.columns is not None else "file"
            raise BadJob(f"input.{found}: given with format {self.format}, expected only with {', '.join(CUSTOM)}")
        if self.file is not None and not (isinstance(self.file, str) and self.file):
            raise _bad("file", self.file, "a file's name")
        for name in ("lowest", "highest"):
            if (bound := getattr(self, name)) is not None and not _is_number(bound):
                raise _bad(name, bound, "a number")
        lowest, highest = self.scale
        if lowest >= highest:
            raise _bad("lowest", lowest, f"less than the highest, {highest:g}")
        if not (_is_number(self.max_rejected) and 0 <= self.max_rejected <= 1):
            raise _bad("max_rejected", self.max_rejected, "a share from 0 to 1")
        if self.duplicates not in DUPLICATES:
            raise _bad("duplicates", self.duplicates, f"one of {', '.join(DUPLICATES)}")

    @property
    def scale(self) -> tuple[float, float]:
        """Lowest and highest rating."""
        lowest = LOWEST if self.lowest is None else self.lowest
        return lowest, HIGHEST if self.highest is None else self.highest

    @classmethod
    def from_json(cls, given: Any) -> InputSpec:
        """Every field optional, and none beside them. Raises BadJob naming the field."""
        known = _checked(given, cls, "input")
        if known.get("columns") is not None:
            known["columns"] = Columns.from_json(known["columns"])
        return cls(**known)

    def as_json(self) -> dict[str, Any]:
        """What ``from_json`` reads, without what is left to be found."""
        whole = {field.name: getattr(self, field.name) for field in fields(self)}
        whole["columns"] = None if self.columns is None else self.columns.as_json()
        return {name: value for name, value in whole.items() if value is not None}


def _checked(given: Any, cls: type[Columns | InputSpec], where: str) -> dict[str, Any]:
    known = [field.name for field in fields(cls)]
    if not isinstance(given, Mapping):
        raise BadJob(f"{where}: {documents.excerpt(given)}, expected an object of {', '.join(known)}")
    if unknown := sorted(set(given) - set(known)):
        raise BadJob(f"{where}: no field {unknown[0]!r}, expected of {', '.join(known)}")
    return dict(given)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_delimiter(text: Any) -> bool:
    if not isinstance(text, str):
        return False
    is_one = len(text) == 1 and text.isascii() and (text.isprintable() or text == "\t")
    return text == DOUBLE_COLON or (is_one and not text.isalnum() and text not in "\"'.-+_")


def _bad(field: str, value: Any, expected: str) -> BadJob:
    return BadJob(f"input.{field}: {documents.excerpt(value)}, expected {expected}")
