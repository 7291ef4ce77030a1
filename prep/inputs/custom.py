"""Anyone's CSV, TSV or Parquet: which file has the ratings, and what its columns are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from prep.description import DESCRIPTION_FILE
from prep.errors import EmptyFile, MissingFile, UnknownColumns, UnknownFormat
from prep.input_spec import AUTO, Columns, InputSpec
from prep.inputs.columns import find_columns, resolve
from prep.inputs.fields import shown
from prep.inputs.head import head_of
from prep.inputs.layout import SECONDS, Layout, ParquetTable, Table
from prep.inputs.names import PARQUET_ENDINGS, TEXT_ENDINGS, first_of, stem_and_ending
from prep.inputs.parquet import MAGIC, id_kind, open_parquet, times_in
from prep.sources import Source, open_unpacked

_ITEMS: Final = ("items", "movies")
_USERS: Final = ("users",)
_SPLIT: Final = ("train", "test")
_GIVEN: Final = "given"
_PART: Final = "part-"
_BESIDE: Final = frozenset((*_ITEMS, *_USERS, *_SPLIT, "links", "tags", "readme", "genome-scores", "genome-tags"))
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class _Looked:
    format: str
    table: Table
    user_ids: str
    item_ids: str
    how: str


def custom_layout(source: Source, spec: InputSpec, names: Collection[str]) -> Layout:
    """Raises UnknownFormat, UnknownColumns, MissingFile, EmptyFile, UnreadableText, BadParquet, BadArchive."""
    tables = sorted(name for name in names if stem_and_ending(name)[1] in (*TEXT_ENDINGS, *PARQUET_ENDINGS))
    pair = _split_files(tables, spec)
    ratings = _ratings_files(source, spec, names, tables, pair)
    look = _look_at(source, ratings, spec)
    return Layout(
        format=look.format,
        how=f"{ratings[0]}: {look.how}",
        ratings=ratings,
        table=look.table,
        user_ids=look.user_ids,
        item_ids=look.item_ids,
        splits={_GIVEN: pair} if pair else {},
        items=_beside(tables, _ITEMS, ratings),
        users=_beside(tables, _USERS, ratings),
        description=first_of(names, DESCRIPTION_FILE),
    )


def _split_files(tables: Sequence[str], spec: InputSpec) -> tuple[str, str] | None:
    """``train.csv`` and ``test.csv``, where no other file was said."""
    found = [[name for name in tables if stem_and_ending(name)[0] == part] for part in _SPLIT]
    if spec.file is not None or any(len(files) != 1 for files in found):
        return None
    return found[0][0], found[1][0]


def _ratings_files(
    source: Source,
    spec: InputSpec,
    names: Collection[str],
    tables: Sequence[str],
    pair: tuple[str, str] | None,
) -> tuple[str, ...]:
    """The one that is said or named ``ratings``, else ``part-…``, else the only one, else the split's two."""
    if spec.file is not None:
        if spec.file not in names:
            raise MissingFile(f"{source}: no {spec.file}; expected one of {_listed(tables)}")
        return (spec.file,)
    likely = [name for name in tables if stem_and_ending(name)[0] not in _BESIDE]
    named = [name for name in likely if stem_and_ending(name)[0] == "ratings"]
    parts = [name for name in likely if stem_and_ending(name)[0].startswith(_PART)]
    for found in (named, likely):
        if len(found) == 1:
            return (found[0],)
    if not named and parts:
        return tuple(parts)
    if not likely and pair:
        return pair
    if likely:
        raise UnknownFormat(
            f'{source}: ratings may be in {_listed(likely)}; say which, as in {{"file": "{likely[0]}"}}'
        )
    expected = "the files of a MovieLens set, or ratings as .csv, .tsv or .parquet"
    raise UnknownFormat(f"{source}: {_listed(sorted(names)) or 'no file'}, expected {expected}")


def _look_at(source: Source, files: Sequence[str], spec: InputSpec) -> _Looked:
    """At the first file that has a row."""
    for file in files:
        is_parquet = _is_parquet(source, file)
        if spec.format != AUTO and is_parquet != (spec.format == "parquet"):
            found = "Parquet" if is_parquet else "no Parquet"
            raise UnknownFormat(f"{file}: {found}, expected {spec.format}")
        look = _look_at_parquet(source, file, spec) if is_parquet else _look_at_text(source, file, spec)
        if look is not None:
            return look
    raise EmptyFile(f"{', '.join(files[:_SHOWN])}: no row, expected at least one")


def _look_at_text(source: Source, file: str, spec: InputSpec) -> _Looked | None:
    head = head_of(source, file)
    lines = head.lines
    if not lines:
        if head.is_whole:
            return None
        start = shown(head.content[:100].decode("utf-8", "replace"))
        raise UnknownColumns(f"{file}: first line {start} longer than {len(head.content)} bytes, expected columns")
    found = find_columns(file, lines, spec.columns or Columns(), "\t" if spec.format == "tsv" else None)
    if found.table.header is not None and len(lines) == 1 and head.is_whole:
        return None
    kind = "tsv" if found.table.delimiter == "\t" else "csv"
    return _Looked(kind, found.table, found.user_ids, found.item_ids, found.how)


def _look_at_parquet(source: Source, file: str, spec: InputSpec) -> _Looked | None:
    said = spec.columns or Columns()
    with open_parquet(source, file) as parquet:
        schema = parquet.schema_arrow
        names = list(schema.names)
        columns = {role: names[place] for role, place in resolve(file, names, said).items()}
        timestamp = columns.get("timestamp")
        kinds = {role: id_kind(file, schema, columns[role]) for role in ("user", "item")}
        if not parquet.metadata.num_rows:
            return None
        times = SECONDS if timestamp is None else times_in(file, parquet, timestamp)
    table = ParquetTable(
        user=columns["user"], item=columns["item"], rating=columns["rating"], timestamp=timestamp, times=times
    )
    how = "columns as said" if said.mapped else f"found by its columns {', '.join(columns.values())}"
    return _Looked("parquet", table, said.user_ids or kinds["user"], said.item_ids or kinds["item"], how)


def _is_parquet(source: Source, file: str) -> bool:
    if stem_and_ending(file)[1] in PARQUET_ENDINGS:
        return True
    with open_unpacked(source, file) as stream:
        return stream.read(len(MAGIC)) == MAGIC


def _beside(tables: Sequence[str], stems: Sequence[str], ratings: Sequence[str]) -> str | None:
    found = [name for stem in stems for name in tables if stem_and_ending(name)[0] == stem and name not in ratings]
    return found[0] if found else None


def _listed(names: Sequence[str]) -> str:
    shown_names = ", ".join(names[:_SHOWN])
    return shown_names if len(names) <= _SHOWN else f"{shown_names} and {len(names) - _SHOWN} more"
