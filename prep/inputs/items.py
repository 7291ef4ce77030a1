"""What a dataset says of its items: titles, years, genres."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from prep.errors import DuplicateItem, EmptyFile, MalformedRow, UnknownColumns
from prep.input_spec import DOUBLE_COLON
from prep.inputs import fields
from prep.inputs.columns import USUAL, names_of, plain
from prep.inputs.layout import Layout
from prep.inputs.side_table import ids_array, named_rows, parse_id, read_text, split_rows
from prep.sources import Source
from prep.tables import UNKNOWN_YEAR, Items

GENRES: Final = (
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
"""MovieLens 100K's, in the order of its flags."""
MOST_GENRES: Final = 512
_ML_100K_WIDTH: Final = 5 + len(GENRES)  # id | title | release date | video release date | IMDb URL | a flag per genre
_NO_GENRES: Final = frozenset(("", "(no genres listed)"))
_GENRE_SEPARATORS: Final = ("|", ";", ",")
_ID: Final = USUAL["item"] | {"id"}
_TITLE: Final = names_of("title name movietitle moviename itemtitle itemname producttitle productname")
_GENRES: Final = names_of("genres genre categories category")
_YEAR: Final = names_of("year releaseyear yearofrelease yearofpublication")
# "Babylon 5", "Contempt (1963)", "Fawlty Towers (1975-1979)": the first year of the last parenthesis.
_YEAR_IN_TITLE: Final = re.compile(r"\((\d{4})(?:[-–]\s?(?:\d{4})?)?\)")
_YEAR_IN_DATE: Final = re.compile(r"-(\d{4})$")
_YEAR_ALONE: Final = re.compile(r"(\d{4})(?:\.0)?", re.ASCII)


class _Described(NamedTuple):
    where: str
    id: int | str
    title: str
    year: int
    genres: Collection[str]


def read_items(source: Source, layout: Layout) -> Items | None:
    """The items of the layout's side file, in its order; None where it has none.

    Raises MalformedRow and DuplicateItem for the first bad row, EmptyFile, UnknownColumns, UnreadableText, BadParquet,
    BadArchive.
    """
    if layout.items is None:
        return None
    if layout.format == "ml-100k":
        return _items(_ml_100k(source, layout.items), layout.item_ids, GENRES)
    if layout.format in {"ml-1m", "ml-10m"}:
        rows = _double_colon(source, layout.items)
    else:
        rows = _with_header(source, layout.items, layout.item_ids)
    names = sorted({genre for row in rows for genre in row.genres})
    if len(names) > MOST_GENRES:
        raise MalformedRow(f"{layout.items}: {len(names)} genres, expected at most {MOST_GENRES}")
    if not rows:
        raise EmptyFile(f"{layout.items}: no row, expected at least one")
    return _items(rows, layout.item_ids, names)


def _items(rows: Sequence[_Described], kind: str, genre_names: Sequence[str]) -> Items:
    _refuse_repeated([row.id for row in rows], rows)
    place = {name: index for index, name in enumerate(genre_names)}
    genres = np.zeros((len(rows), len(genre_names)), np.bool_)
    for index, row in enumerate(rows):
        genres[index, [place[genre] for genre in row.genres]] = True
    return Items(
        ids=ids_array([row.id for row in rows], kind),
        titles=tuple(row.title for row in rows),
        years=np.array([row.year for row in rows], np.int64),
        genres=genres,
        genre_names=tuple(genre_names),
    )


def _ml_100k(source: Source, file: str) -> list[_Described]:
    """latin-1, or UTF-8 where a byte order mark says so."""
    text = read_text(source, file, encoding="latin-1")
    return [_flagged(where, row) for where, row in split_rows(text, file, "|", _ML_100K_WIDTH)]


def _flagged(where: str, row: list[str]) -> _Described:
    item = parse_id(row[0], "integer", where, "item id")
    title = row[1].strip()
    if not title:
        raise MalformedRow(f"{where}: title {fields.shown(row[1])}, expected some text")
    for genre, flag in zip(GENRES, row[5:], strict=True):
        if flag not in {"0", "1"}:
            raise MalformedRow(f"{where}: genre flag {genre} {fields.shown(flag)}, expected 0 or 1")
    genres = [genre for genre, flag in zip(GENRES, row[5:], strict=True) if flag == "1"]
    return _Described(where, item, title, _year(title) or _year_in_date(row[2]), genres)


def _double_colon(source: Source, file: str) -> list[_Described]:
    """``movies.dat``: latin-1 in MovieLens 1M, UTF-8 in 10M."""
    rows = []
    for where, (item, title, genres) in split_rows(read_text(source, file), file, DOUBLE_COLON, 3):
        id_ = parse_id(item, "integer", where, "item id")
        rows.append(_Described(where, id_, _titled(title, id_), _year(title), _split_genres(genres, "|")))
    return rows


def _with_header(source: Source, file: str, kind: str) -> list[_Described]:
    """``movies.csv``, or ``items`` of anyone's, by its header's names; only the id has to be there."""
    names, table = named_rows(source, file)
    id_, title, genres, year = (_place(file, names, usual) for usual in (_ID, _TITLE, _GENRES, _YEAR))
    if id_ is None:
        raise UnknownColumns(f"{file}: columns {fields.listed(names)}, expected an id among them")
    whole = list(table)
    separator = next(
        (s for s in _GENRE_SEPARATORS if genres is not None and any(s in row[genres] for _, row in whole)), "|"
    )
    rows = []
    for where, row in whole:
        item = parse_id(row[id_], kind, where, names[id_])
        name = "" if title is None else row[title]
        found = _YEAR_ALONE.fullmatch(row[year].strip()) if year is not None else None
        rows.append(
            _Described(
                where,
                item,
                _titled(name, item),
                int(found[1]) if found else _year(name),
                [] if genres is None else _split_genres(row[genres], separator),
            )
        )
    return rows


def _place(file: str, names: Sequence[str], usual: Collection[str]) -> int | None:
    found = [place for place, name in enumerate(names) if plain(name) in usual]
    if len(found) > 1:
        several = " and ".join(repr(names[place]) for place in found)
        raise UnknownColumns(f"{file}: both {several} may be the {min(usual)}, expected one of them")
    return found[0] if found else None


def _split_genres(text: str, separator: str) -> list[str]:
    if text.strip() in _NO_GENRES:
        return []
    return [name for name in dict.fromkeys(part.strip() for part in text.split(separator)) if name]


def _titled(title: str, item: Any) -> str:
    return title.strip() or f"item {item}"


def _year(title: str) -> int:
    found = _YEAR_IN_TITLE.findall(title)
    return int(found[-1]) if found else UNKNOWN_YEAR


def _year_in_date(date: str) -> int:
    found = _YEAR_IN_DATE.search(date.strip())
    return int(found[1]) if found else UNKNOWN_YEAR


def _refuse_repeated(ids: Sequence[int | str], rows: Sequence[_Described]) -> None:
    first: dict[int | str, str] = {}
    for id_, row in zip(ids, rows, strict=True):
        if id_ in first:
            before = first[id_].rpartition(":")[2]
            raise DuplicateItem(f"{row.where}: item {id_}, already on line {before}; expected one row each")
        first[id_] = row.where
