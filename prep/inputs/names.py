"""Names of files, each of which may be packed by gzip."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePosixPath
from typing import Final

TEXT_ENDINGS: Final = (".csv", ".tsv", ".txt", ".dat", ".data", ".inter")
PARQUET_ENDINGS: Final = (".parquet", ".pq")
_GZIP: Final = ".gz"


def packed_or_plain(name: str) -> tuple[str, str]:
    """Both names that a file may have, the plain one first."""
    return name, name + _GZIP


def first_of(names: Collection[str], *wanted: str) -> str | None:
    """The first of the wanted files that is there, packed or plain."""
    return next((name for plain in wanted for name in packed_or_plain(plain) if name in names), None)


def stem_and_ending(name: str) -> tuple[str, str]:
    """``x/train.csv.gz`` → ``train``, ``.csv``; both in lower case."""
    path = PurePosixPath(name.lower().removesuffix(_GZIP))
    return path.stem, path.suffix
