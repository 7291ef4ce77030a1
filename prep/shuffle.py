"""An exactly uniform shuffle of more rows than fit in memory, into shards of even size.

Every row is dealt to one of many buckets; each fits in memory and is shuffled there (Rao 1961, Sandelius 1962).
How many rows of a chunk fall into each bucket is drawn from the multivariate hypergeometric distribution of the places
that are left, so the whole is a uniform permutation and every shard is exactly full.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from prep.spool import CHUNK_ROWS, Columns, Spool

BUCKET_ROWS: Final = 1 << 20
"""Rows shuffled in memory at a time."""
_MOST_ROWS: Final = 10**9
"""What NumPy's ``method="marginals"`` can deal."""


class TooManyRows(ValueError):
    """More rows than one machine's shuffle deals."""


class Shuffle:
    """Add all rows, then read the shards one after another, each once."""

    def __init__(
        self, folder: Path, dtypes: Mapping[str, Any], *, rows: int, shards: int, rng: np.random.Generator
    ) -> None:
        """rows: exactly how many will be added. Raises TooManyRows."""
        if rows >= _MOST_ROWS:
            raise TooManyRows(f"{rows} rows to shuffle, expected fewer than {_MOST_ROWS}: prepare them with Spark")
        self._rng = rng
        self.sizes = _evenly(rows, shards)
        self._per_shard = [_evenly(size, max(1, -(-size // BUCKET_ROWS))) for size in self.sizes]
        self._left = np.array([size for sizes in self._per_shard for size in sizes], np.int64)
        self._buckets = [Spool(folder, dtypes) for _ in self._left]

    def add(self, columns: Columns) -> None:
        """Rows of all columns, (n,) each."""
        rows = next(iter(columns.values())).size
        for first in range(0, rows, CHUNK_ROWS):
            self._deal({name: column[first : first + CHUNK_ROWS] for name, column in columns.items()})

    def shard(self, number: int) -> Iterator[Columns]:
        """The rows of one shard in their new order, a chunk at a time. Call once for each shard, after the last row."""
        before = sum(len(sizes) for sizes in self._per_shard[:number])
        for bucket in self._buckets[before : before + len(self._per_shard[number])]:
            rows = bucket.read(0, len(bucket))
            order = self._rng.permutation(len(bucket)).astype(np.int32)
            bucket.drop()
            for first in range(0, order.size, CHUNK_ROWS):
                part = order[first : first + CHUNK_ROWS]
                yield {name: column[part] for name, column in rows.items()}

    def _deal(self, columns: Columns) -> None:
        rows = next(iter(columns.values())).size
        if rows > self._left.sum():
            raise ValueError(f"{rows} rows more than the {self._left.sum()} that were announced")
        if self._left.size == 1:
            dealt, order = np.array([rows]), None
        else:
            dealt = self._rng.multivariate_hypergeometric(self._left, rows, method="marginals")
            order = self._rng.permutation(rows)
        self._left -= dealt
        ends = np.cumsum(dealt)
        for bucket, (stop, count) in enumerate(zip(ends.tolist(), dealt.tolist(), strict=True)):
            if count:
                part: Any = slice(None) if order is None else order[stop - count : stop]
                self._buckets[bucket].append({name: column[part] for name, column in columns.items()})


def _evenly(rows: int, parts: int) -> list[int]:
    """Sizes that differ by one at most."""
    return [rows // parts + (part < rows % parts) for part in range(parts)]
