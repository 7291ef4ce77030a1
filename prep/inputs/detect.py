"""Which format a dataset has, by the names of its files and their first bytes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping
from typing import Final

from prep.description import DESCRIPTION_FILE
from prep.errors import EmptyFile, MissingFile, UnknownColumns
from prep.input_spec import AUTO, CUSTOM, DOUBLE_COLON, InputSpec
from prep.inputs.custom import custom_layout
from prep.inputs.head import Head, head_of
from prep.inputs.layout import Layout, TextTable
from prep.inputs.names import first_of, packed_or_plain
from prep.sources import Source

ML_100K_SPLITS: Final = ("ua", "ub", "u1", "u2", "u3", "u4", "u5")
ML_10M_SPLITS: Final = ("ra", "rb", "r1", "r2", "r3", "r4", "r5")
CSV_HEADER: Final = ("userId", "movieId", "rating", "timestamp")
_ML_100K_FILE: Final = re.compile(rf"(u\.data|({'|'.join(ML_100K_SPLITS)})\.(base|test))(\.gz)?")
_AS_SAID: Final = "as said"


def detect(source: Source, spec: InputSpec) -> Layout:
    """Look at names and first bytes.

    Raises UnknownFormat, UnknownColumns, MissingFile, EmptyFile, UnreadableText, BadParquet, BadArchive.
    """
    names = source.names()
    if spec.format in CUSTOM or spec.columns is not None or spec.file is not None:
        return custom_layout(source, spec, names)
    finders = {"ml-100k": _ml_100k, "ml-1m": _double_colon, "ml-10m": _double_colon, "ml-csv": _ml_csv}
    if spec.format != AUTO:
        return finders[spec.format](source, names, spec.format)
    if any(_ML_100K_FILE.fullmatch(name) for name in names):
        return _ml_100k(source, names, AUTO)
    if (dat := first_of(names, "ratings.dat")) and _starts_with(source, dat, DOUBLE_COLON.encode()):
        return _double_colon(source, names, AUTO)
    if (csv := first_of(names, "ratings.csv")) and _starts_with(source, csv, ",".join(CSV_HEADER).encode()):
        return _ml_csv(source, names, AUTO)
    return custom_layout(source, spec, names)


def _ml_100k(source: Source, names: Collection[str], said: str) -> Layout:
    splits = _pairs(names, ML_100K_SPLITS, "base", "test")
    data = first_of(names, "u.data")
    if not data and not splits:
        half = sorted(name for name in names if _ML_100K_FILE.fullmatch(name))
        split = half[0].partition(".")[0] if half else "ua"
        expected = f"{split}.base and {split}.test, or u.data"
        raise MissingFile(f"{source}: {half[0] if half else 'no file'} alone, expected {expected}")
    return Layout(
        format="ml-100k",
        how=_AS_SAID if said != AUTO else "its files are named as MovieLens 100K's",
        # A split's two files are all the ratings, each once.
        ratings=(data,) if data else next(iter(splits.values())),
        table=TextTable(delimiter="\t", width=4, user=0, item=1, rating=2, timestamp=3, header=None, quotes=False),
        splits=splits,
        items=first_of(names, "u.item"),
        users=first_of(names, "u.user"),
        description=first_of(names, DESCRIPTION_FILE),
    )


def _double_colon(source: Source, names: Collection[str], said: str) -> Layout:
    ratings = _required(source, names, "ratings.dat")
    head = _head(source, ratings)
    users = first_of(names, "users.dat")
    has_halves = any(line.split(b"::")[2:3] and b".5" in line.split(b"::")[2] for line in head.lines)
    is_1m = said == "ml-1m" or (said == AUTO and users is not None and not has_halves)
    return Layout(
        format="ml-1m" if is_1m else "ml-10m",
        how=_AS_SAID if said != AUTO else f"ratings.dat separated by ::, {'and' if users else 'without'} users.dat",
        ratings=(ratings,),
        table=TextTable(
            delimiter=DOUBLE_COLON, width=4, user=0, item=1, rating=2, timestamp=3, header=None, quotes=False
        ),
        splits=_pairs(names, ML_10M_SPLITS, "train", "test"),
        items=first_of(names, "movies.dat"),
        users=users,
        description=first_of(names, DESCRIPTION_FILE),
    )


def _ml_csv(source: Source, names: Collection[str], said: str) -> Layout:
    ratings = _required(source, names, "ratings.csv")
    first = _head(source, ratings).lines[:1]
    if first != [",".join(CSV_HEADER).encode()]:
        found = first[0][:80].decode("utf-8", "replace") if first else "a long line"
        raise UnknownColumns(f"{ratings}: first line {found!r}, expected the header {','.join(CSV_HEADER)}")
    return Layout(
        format="ml-csv",
        how=_AS_SAID if said != AUTO else f"found by its header {','.join(CSV_HEADER)}",
        ratings=(ratings,),
        table=TextTable(delimiter=",", width=4, user=0, item=1, rating=2, timestamp=3, header=CSV_HEADER, quotes=True),
        items=first_of(names, "movies.csv"),
        description=first_of(names, DESCRIPTION_FILE),
    )


def _pairs(names: Collection[str], splits: Collection[str], train: str, test: str) -> Mapping[str, tuple[str, str]]:
    """The splits of which both files are there."""
    found = {split: (first_of(names, f"{split}.{train}"), first_of(names, f"{split}.{test}")) for split in splits}
    return {split: (one, other) for split, (one, other) in found.items() if one and other}


def _required(source: Source, names: Collection[str], name: str) -> str:
    found = first_of(names, name)
    if found is None:
        raise MissingFile(f"{source}: no {name}; expected {' or '.join(packed_or_plain(name))}")
    return found


def _head(source: Source, file: str) -> Head:
    head = head_of(source, file)
    if not head.lines and head.is_whole:
        raise EmptyFile(f"{file}: empty, expected ratings")
    return head


def _starts_with(source: Source, file: str, part: bytes) -> bool:
    lines = itertools.islice(_head(source, file).lines, 1)
    return any(part in line for line in lines)
