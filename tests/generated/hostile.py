"""Folders that no honest tool made, one builder each: what preparation must name or count, and never trip over."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from tests.generated.taste import draw

HEADER = "userId,movieId,rating,timestamp"
GOOD_ROWS = 2_000
LONG_LINE_CHARACTERS = 10_000_000


@dataclass(frozen=True, slots=True)
class Hostile:
    """good_rows: what is left when the bad ones are rejected. bad_rows: lines of ratings.csv to be rejected, less than
    1 % of all; 0 where the fault is not one of rows.
    """

    folder: Path
    good_rows: int
    bad_rows: int


def truncated_gzip(folder: Path) -> Hostile:
    """``ratings.csv.gz`` that ends in the middle."""
    whole = gzip.compress(_text(_good_lines()).encode(), mtime=0)
    _file(folder, "ratings.csv.gz", whole[: len(whole) * 6 // 10])
    return Hostile(folder, 0, 0)


def utf_16(folder: Path) -> Hostile:
    """``ratings.csv`` as a spreadsheet saves "Unicode text": UTF-16 with a byte order mark."""
    _file(folder, "ratings.csv", _text(_good_lines()).encode("utf-16"))
    return Hostile(folder, 0, 0)


def long_line(folder: Path) -> Hostile:
    """A line of ten million characters among good ones."""
    lines = _good_lines()
    lines.insert(len(lines) // 2, "1,2,4.0," + "9" * (LONG_LINE_CHARACTERS - 8))
    _file(folder, "ratings.csv", _text(lines).encode())
    return Hostile(folder, GOOD_ROWS, 1)


def ids_over_63_bits(folder: Path) -> Hostile:
    """Ids of whole numbers that no int64 holds, of users and of items."""
    bad = [
        f"{2**63},1,4.0,1",
        f"{2**64 + 1},2,4.0,1",
        f"1,{2**63},3.0,1",
        f"{-(2**63) - 1},3,2.0,1",
        f"{10**40},4,1.0,1",
    ]
    return _among_good_ones(folder, bad)


def negative_ratings(folder: Path) -> Hostile:
    """Ratings below the scale, by a little and by a lot."""
    return _among_good_ones(
        folder, [f"1,{900_000 + n},{value},1" for n, value in enumerate((-0.5, -1.0, -3, -4.0, -1e30))]
    )


def header_repeated(folder: Path) -> Hostile:
    """Files that were put together with their headers."""
    return _among_good_ones(folder, [HEADER] * 4)


def one_user(folder: Path) -> Hostile:
    """Everything was rated by the same person."""
    lines = [f"7,{item},{1 + item % 5}.0,{item}" for item in range(1, GOOD_ROWS + 1)]
    _file(folder, "ratings.csv", _text(lines).encode())
    return Hostile(folder, GOOD_ROWS, 0)


def all_equal(folder: Path) -> Hostile:
    """Everybody gave 4 stars to everything: nothing to learn, whatever is asked."""
    lines = [",".join([*line.split(",")[:2], "4.0", line.split(",")[3]]) for line in _good_lines()]
    _file(folder, "ratings.csv", _text(lines).encode())
    return Hostile(folder, GOOD_ROWS, 0)


def unseen_test_user(folder: Path) -> Hostile:
    """``train.csv`` and ``test.csv``, where the first user stands in the second only."""
    lines = _good_lines()
    mine = [line for line in lines if line.startswith("1,")]
    theirs = [line for line in lines if not line.startswith("1,")]
    _file(folder, "train.csv", _text(theirs[::2] + theirs[1::4]).encode())
    _file(folder, "test.csv", _text(mine + theirs[3::4]).encode())
    return Hostile(folder, GOOD_ROWS, 0)


HOSTILE: Final[Mapping[str, Callable[[Path], Hostile]]] = MappingProxyType(
    {
        build.__name__: build
        for build in (
            truncated_gzip,
            utf_16,
            long_line,
            ids_over_63_bits,
            negative_ratings,
            one_user,
            all_equal,
            unseen_test_user,
            header_repeated,
        )
    }
)
"""By name, for parametrised tests."""


def _good_lines() -> list[str]:
    drawn = draw(np.random.default_rng(0), users=50, items=100, rows=GOOD_ROWS, halves=True)
    columns = (drawn.user + 1, drawn.item + 1, drawn.values, drawn.times)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [f"{user},{item},{value:.1f},{when}" for user, item, value, when in rows]


def _among_good_ones(folder: Path, bad: list[str]) -> Hostile:
    """The bad lines far apart, one of them first and one last."""
    lines = _good_lines()
    for place, line in zip(np.linspace(len(lines), 0, len(bad)).astype(int).tolist(), bad, strict=True):
        lines.insert(place, line)
    _file(folder, "ratings.csv", _text(lines).encode())
    return Hostile(folder, GOOD_ROWS, len(bad))


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in [HEADER, *lines])


def _file(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
