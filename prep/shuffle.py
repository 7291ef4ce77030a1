"""An exactly uniform shuffle of more rows than fit in memory, into shards of even size.

Every row goes to one of many buckets, each as likely as the others; a bucket fits in memory and is shuffled there. One
after the other they are a uniform permutation (Rao 1961, Sandelius 1962), which may then be cut anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prep.ahead import ahead
from prep.spool import CHUNK_ROWS, Columns, Spool

BUCKET_ROWS: Final = 1 << 18
"""Rows shuffled at a time, at most, about: few enough for the processor's cache."""
MOST_BUCKETS: Final = 1 << 12
"""Files: of more rows than fit in as many buckets, buckets grow."""
DEALT_ROWS: Final = 1 << 18
"""Rows dealt to the buckets at a time: each gets enough of them to be worth the call."""


class Shuffle:
    """Add all rows, then read them, once, in their new order; close it before its folder goes.

    Rows are dealt to the buckets in another thread, in the order in which they come: the seed alone decides.
    """

    def __init__(self, folder: Path, dtypes: Mapping[str, Any], *, most_rows: int, rng: np.random.Generator) -> None:
        """most_rows: about how many may be added; the size of the buckets depends on it, nothing else."""
        self._rng = rng
        # A power of two: random bits are then bucket numbers, all as likely.
        buckets = min(MOST_BUCKETS, 1 << (max(most_rows - 1, 0) // BUCKET_ROWS).bit_length())
        self._buckets = [Spool(folder, dtypes) for _ in range(buckets)]
        self._held: list[Columns] = []
        self._held_rows = self._rows = 0
        self._dealer = ThreadPoolExecutor(1, "deal")
        self._dealing: Future[None] | None = None

    def close(self) -> None:
        """Wait for what is still dealt: nothing is written to the folder afterwards."""
        self._dealer.shutdown()

    def __len__(self) -> int:
        return self._rows

    def add(self, columns: Columns) -> None:
        """Rows of all columns, (n,) each, not to be changed afterwards."""
        rows = next(iter(columns.values())).size
        self._held.append(columns)
        self._held_rows += rows
        self._rows += rows
        if self._held_rows >= DEALT_ROWS:
            self._deal_held()

    def _deal_held(self) -> None:
        """Begin to deal what is held, once what was held before is dealt."""
        self._wait()
        self._dealing = self._dealer.submit(self._deal, self._held, self._held_rows)
        self._held, self._held_rows = [], 0

    def _wait(self) -> None:
        if self._dealing is not None:
            self._dealing.result()

    def _deal(self, parts: list[Columns], rows: int) -> None:
        """Give each row to a bucket of its own luck; in which order does not matter, buckets being shuffled."""
        held = {name: np.concatenate([part[name] for part in parts]) for name in self._buckets[0].names}
        if len(self._buckets) == 1:
            self._buckets[0].append(held)
            return
        bucket_of = _random_numbers(self._rng, rows, len(self._buckets))
        order = np.argsort(bucket_of, kind="stable")  # by radix: these are small integers
        dealt = {name: column.take(order) for name, column in held.items()}
        counts = np.bincount(bucket_of, minlength=len(self._buckets))
        ends = np.cumsum(counts)
        for bucket, first, stop in zip(self._buckets, (ends - counts).tolist(), ends.tolist(), strict=True):
            if first < stop:
                bucket.append({name: column[first:stop] for name, column in dealt.items()})

    def shards(self, count: int) -> Iterator[Iterator[Columns]]:
        """The rows of each shard, a chunk at a time; each shard has to be read to its end before the next.

        Their sizes differ by one at most.
        """
        rows = len(self)
        if self._held:
            self._deal_held()
        self._wait()
        pieces = _cut(
            ahead(self._chunks(), depth=4), [rows // count + (shard < rows % count) for shard in range(count)]
        )
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
                yield {name: column.take(part) for name, column in rows.items()}


def _random_numbers(rng: np.random.Generator, rows: int, count: int) -> NDArray[Any]:
    """(rows,) numbers below ``count``, a power of two up to 2^16: a few bits of each random word."""
    dtype = np.dtype(np.uint8 if count <= 1 << 8 else np.uint16)
    words = rng.integers(1 << 64, size=-(-rows * dtype.itemsize // 8), dtype=np.uint64)
    numbers = words.view(dtype)[:rows]
    numbers &= dtype.type(count - 1)
    return numbers


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
