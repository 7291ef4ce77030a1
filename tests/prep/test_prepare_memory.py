"""Memory does not grow with the rows: three million more take less than the eight bytes that each row's ids need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

FEW, MANY = 3_000_000, 6_000_000
"""From about three million on every buffer is as full as it gets."""
MARGIN_MB = 20
_PREPARE = """
import sys
from pathlib import Path
from bench.memory import peak_rss_mb
from prep.job import PrepareJob
from prep.prepare import prepare
from prep.sinks import FolderSink
from prep.sources import FolderSource
prepared = prepare(FolderSource(Path(sys.argv[1])), PrepareJob(), FolderSink(Path(sys.argv[2])))
print(prepared.ratings.train + prepared.ratings.test, int(peak_rss_mb()))
"""


@pytest.mark.parametrize("by_user", [True, False], ids=["user by user", "users mixed"])
def test_memory_is_that_of_a_chunk_however_many_rows(tmp_path: Path, root: Path, by_user: bool) -> None:
    few, many = (peak_mb(tmp_path / str(rows), root, rows, by_user=by_user) for rows in (FEW, MANY))
    assert many < few + MARGIN_MB
    assert many < 400


def peak_mb(folder: Path, root: Path, rows: int, *, by_user: bool) -> int:
    """Of a process that prepares a file of so many ratings by 1,000 users."""
    folder.mkdir()
    write(folder / "ratings.csv", rows, by_user=by_user)
    command = [sys.executable, "-c", _PREPARE, str(folder), str(folder / "out")]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    (folder / "ratings.csv").unlink()
    prepared, peak = map(int, done.stdout.split())
    assert prepared == rows
    return peak


def write(path: Path, rows: int, *, by_user: bool) -> None:
    """Every user rates the same items. A million rows at a time: this process is measured by nobody, but shares."""
    rng = np.random.default_rng(0)
    each = rows // 1000
    schema = pa.schema(
        [("userId", pa.int64()), ("movieId", pa.int64()), ("rating", pa.float64()), ("timestamp", pa.int64())]
    )
    with csv.CSVWriter(path, schema, write_options=csv.WriteOptions(quoting_style="none")) as writer:
        for first in range(0, rows, 1_000_000):
            row = np.arange(first, min(rows, first + 1_000_000))
            user, item = (row // each, row % each) if by_user else (row % 1000, row // 1000)
            stars, times = rng.integers(1, 11, row.size) / 2, rng.integers(10**9, 10**9 + 10**7, row.size)
            writer.write_table(pa.table([user, item, stars, times], schema=schema))
