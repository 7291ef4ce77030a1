"""Folders that both engines read, with faults where parts of files begin and end."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from prep.sample import generate
from tests.generated.custom import own_columns
from tests.generated.hostile import HOSTILE
from tests.generated.movielens import ml_1m, ml_25m

SIZES: Final[dict[str, Any]] = {"users": 80, "items": 60, "rows": 2_000}


def sample(folder: Path) -> None:
    """The layout of ml-100k, which brings splits, genres and what is known of users."""
    generate(folder, users=60, items=60, ratings=1_600)


def ml_1m_twice_rated(folder: Path) -> None:
    """``::`` between fields, and the first rows again at the end with other stars."""
    ml_1m(folder, **SIZES)
    file = folder / "ratings.dat"
    lines = file.read_text().splitlines()
    again = [f"{user}::{item}::{1 + n % 5}::{when}" for n, (user, item, _, when) in enumerate(_split(lines[:12]))]
    file.write_text("".join(f"{line}\n" for line in [*lines, *again]))


def ml_25m_with_faults(folder: Path) -> None:
    """CRLF; bad rows first, in the middle and last, and pairs that stand in the first and the last part."""
    ml_25m(folder, **SIZES)
    file = folder / "ratings.csv"
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    bad = ["1,x,3.0,1", "1,2,9.5,1", "1,2", "7,7,0.0,5"]
    middle = len(lines) // 2
    lines = [bad[0], *lines[:middle], bad[1], "", *lines[middle:], *lines[3:800:100], bad[2], bad[3]]
    file.write_bytes("".join(f"{line}\r\n" for line in [header, *lines]).encode())


def gzipped(folder: Path) -> None:
    """Text ids in two compressed files, each with a fault."""
    own_columns(folder, **SIZES)
    whole = folder / "purchases.csv"
    lines = whole.read_text(encoding="utf-8").splitlines()
    (folder / "purchases.csv.gz").write_bytes(gzip.compress("\n".join([*lines, "#0,mug,li wei,5,eleven"]).encode()))
    whole.unlink()


def parquet(folder: Path) -> None:
    """Whole numbers and stars in row groups of 300, with missing values in the first and the last group."""
    rng = np.random.default_rng(5)
    pairs = rng.permutation(90 * 50)[:2_000]
    stars = rng.integers(1, 11, pairs.size) / 2
    values = [None if n in (7, pairs.size - 2) else star for n, star in enumerate(stars.tolist())]
    table = pa.table(
        {
            "user_id": pa.array(3 + 7 * (pairs // 50)),
            "item_id": pa.array(pairs % 50),
            "rating": pa.array(values, pa.float64()),
            "timestamp": pa.array(rng.integers(10**9, 10**9 + 10**7, pairs.size)),
        }
    )
    folder.mkdir(parents=True)
    pq.write_table(table, folder / "ratings.parquet", row_group_size=300)


def of_one_moment(folder: Path) -> None:
    """Everything was rated in the same second."""
    lines = [f"{user},{item},{1 + (user + item) % 5}.0,1000" for user in range(1, 30) for item in range(1, 20)]
    _csv(folder, lines)


def rated_twice(folder: Path) -> None:
    """The last user's pair stands twice early, the first user's late: which is told is not decided by the files."""
    lines = [f"{user},{item},{1 + (user + item) % 5}.0,1000" for user in range(1, 60) for item in range(1, 20)]
    _csv(folder, ["59,1,2.0,999", *lines, *(f"{user},3,2.0,1001" for user in (40, 30, 1, 2))])


INPUTS: Final[Mapping[str, Callable[[Path], object]]] = MappingProxyType(
    {
        build.__name__: build
        for build in (
            sample,
            ml_1m_twice_rated,
            ml_25m_with_faults,
            gzipped,
            parquet,
            of_one_moment,
            rated_twice,
        )
    }
    | dict(HOSTILE)
)


def _split(lines: list[str]) -> list[list[str]]:
    return [line.split("::") for line in lines]


def _csv(folder: Path, lines: list[str]) -> None:
    folder.mkdir(parents=True)
    (folder / "ratings.csv").write_text("".join(f"{line}\n" for line in ["userId,movieId,rating,timestamp", *lines]))
