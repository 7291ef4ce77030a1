"""A dataset's files as they were found: which are the ratings, which column is which, and what there is beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prep.input_spec import DOUBLE_COLON

SECONDS, MILLISECONDS, DATES, ZONED_DATES = "seconds", "milliseconds", "dates", "zoned dates"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTable:
    """Lines of fields.

    user, item, rating, timestamp: positions from 0. width: fields of each line. header: names on the first line, None
    where there is none. quotes: whether a field may stand in double quotes. times: how moments are written.
    """

    delimiter: str
    width: int
    user: int
    item: int
    rating: int
    timestamp: int | None
    header: tuple[str, ...] | None
    quotes: bool
    times: str = SECONDS

    @property
    def is_double_colon(self) -> bool:
        """MovieLens 1M's and 10M's delimiter, which no parser of CSV knows."""
        return self.delimiter == DOUBLE_COLON


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetTable:
    """Columns by name. times: what whole numbers in ``timestamp`` count."""

    user: str
    item: str
    rating: str
    timestamp: str | None
    times: str = SECONDS


Table = TextTable | ParquetTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a dataset's files are. Picklable.

    format: one of FORMATS but ``auto``. how: one clause for people, how that was found. ratings: files that have all
    ratings. splits: by its name, the train and the test file of each split that the dataset brings. items, users: the
    side files. user_ids, item_ids: ``integer`` or ``string``. table: of every file of ratings.
    """

    format: str
    how: str
    ratings: tuple[str, ...]
    table: Table
    user_ids: str = "integer"
    item_ids: str = "integer"
    splits: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    items: str | None = None
    users: str | None = None
    description: str | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Every file of the dataset, each once."""
        given = [file for pair in self.splits.values() for file in pair]
        beside = [file for file in (self.items, self.users, self.description) if file is not None]
        return tuple(dict.fromkeys([*self.ratings, *given, *beside]))
