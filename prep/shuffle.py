"""An exactly uniform shuffle of more rows than fit in memory, into shards of even size.

Every row goes to one of many buckets, each as likely as the others; a bucket fits in memory and is shuffled there. One
after the other they are a uniform permutation (Rao 1961, Sandelius 1962), which may then be cut anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from prep.ahead import ahead
from prep.spool import CHUNK_ROWS, Columns, Spool

BUCKET_ROWS: Final = 1 << 18
"""Rows shuffled at a time, about: few enough for the processor's cache."""
MOST_BUCKETS: Final = 4_000
"""Files: of more rows than fit in as many buckets, buckets grow."""


class Shuffle:
    """Add all rows, then read them, once, in their new order."""

    def __init__(self, folder: Path, dtypes: Mapping[str, Any], *, most_rows: int, rng: np.random.Generator) -> None:
        """most_rows: about how many may be added; the size of the buckets depends on it, nothing else."""
        self._rng = rng
        buckets = min(MOST_BUCKETS, max(1, -(-most_rows // BUCKET_ROWS)))
        self._buckets = [Spool(folder, dtypes) for _ in range(buckets)]

    def __len__(self) -> int:
        return sum(map(len, self._buckets))

    def add(self, columns: Columns) -> None:
        """Rows of all columns, (n,) each."""
        rows = next(iter(columns.values())).size
        if len(self._buckets) == 1:
            self._buckets[0].append(columns)
            return
        order = self._rng.permutation(rows)
        counts = self._rng.multinomial(rows, np.full(len(self._buckets), 1 / len(self._buckets)))
        dealt = {name: column[order] for name, column in columns.items()}
        ends = np.cumsum(counts)
        for bucket, first, stop in zip(self._buckets, (ends - counts).tolist(), ends.tolist(), strict=True):
            if first < stop:
                bucket.append({name: column[first:stop] for name, column in dealt.items()})

    def shards(self, count: int) -> Iterator[Iterator[Columns]]:
        """The rows of each shard, a chunk at a time; each shard has to be read to its end before the next.

        Their sizes differ by one at most.
        """
        rows = len(self)
        pieces = _cut(ahead(self._chunks()), [rows // count + (shard < rows % count) for shard in range(count)])
        piece = next(pieces, None)
        for shard in range(count):

            def chunks(shard: int = shard) -> Iterator[Columns]:
                nonlocal piece
                while piece is not None and piece[0] == shard:
                    yield piece[1]
                    piece = next(pieces, None)

            yield chunks()

    def _chunks(self) -> Iterator[Columns]:
        for bucket in self._buckets:
            rows = bucket.read(0, len(bucket))
            bucket.drop()
            order = self._rng.permutation(next(iter(rows.values())).size)
            for first in range(0, order.size, CHUNK_ROWS):
                part = order[first : first + CHUNK_ROWS]
                yield {name: column[part] for name, column in rows.items()}


def _cut(chunks: Iterator[Columns], sizes: list[int]) -> Iterator[tuple[int, Columns]]:
    """The chunks in order, cut where a shard is full, with the number of their shard."""
    ends = np.cumsum(sizes).tolist()
    shard = done = 0
    for chunk in chunks:
        rows, first = next(iter(chunk.values())).size, 0
        while first < rows:
            while done == ends[shard]:
                shard += 1
            stop = min(rows, first + ends[shard] - done)
            yield shard, {name: column[first:stop] for name, column in chunk.items()}
            done += stop - first
            first = stop
