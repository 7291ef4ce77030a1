"""Recommendations for everybody, as one Parquet table: user, rank, item, title, score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lambdas.logic.serving.bundle import Bundle
from lambdas.logic.serving.manifest import Writable

_BLOCK_SCORES: Final = 1 << 24
"""Of users times items that are scored at once, 64 MB."""
_GROUP_ROWS: Final = 1 << 17
"""Rows of a row group, about."""


def write_table(stream: Writable, bundle: Bundle, n: int, *, exclude_seen: bool) -> int:
    """Write every user's ``n`` best items, in the order of users and ranks from 1. How many rows that were.

    exclude_seen: leave out what the user has rated. Memory is that of a block of users and a row group, whatever
    the number of users.
    """
    rows = 0
    schema = _schema(bundle)
    parts = (_part(bundle, users, n, exclude_seen, schema) for users in _blocks(bundle, n))
    with pq.ParquetWriter(_Forward(stream), schema, compression="zstd") as writer:
        for group in _groups(parts):
            writer.write_table(group)
            rows += group.num_rows
    return rows


def _groups(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Row groups of a size that readers like: of a large catalogue a block has but a few users."""
    held: list[pa.Table] = []
    for part in parts:
        held.append(part)
        if sum(one.num_rows for one in held) >= _GROUP_ROWS:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)


def _schema(bundle: Bundle) -> pa.Schema:
    kinds = {"U": pa.string()}
    user, item = (kinds.get(ids.dtype.kind, pa.int64()) for ids in (bundle.space.users, bundle.space.items))
    fields = {"user": user, "rank": pa.int32(), "item": item, "title": pa.string(), "score": pa.float64()}
    # What is recommended by, and from which version: a table outlives both.
    metadata = {"version": bundle.version, "recommends_by": bundle.recommends_by}
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in fields.items()], metadata)


def _blocks(bundle: Bundle, n: int) -> Iterator[NDArray[np.int64]]:
    users, items = len(bundle.space.users), max(len(bundle.space.items), 1)
    size = max(1, min(_BLOCK_SCORES // items, _GROUP_ROWS // max(n, 1)))
    for first in range(0, users, size):
        yield np.arange(first, min(first + size, users))


def _part(bundle: Bundle, users: NDArray[np.int64], n: int, exclude_seen: bool, schema: pa.Schema) -> pa.Table:
    folded, best = bundle.recommender, bundle.top_items
    scores = folded.users[users] @ folded.items.T
    scores += folded.item_terms
    tops = []
    for row, user in zip(scores, users.tolist(), strict=True):
        if exclude_seen:
            row[bundle.rated.of(user)] = -np.inf
        tops.append(best.of_scores(row, folded.of_user(user), n))
    counts = np.array([top.items.size for top in tops])
    items = np.concatenate([top.items for top in tops])
    ranks = np.concatenate([np.arange(1, count + 1, dtype=np.int32) for count in counts.tolist()])
    ids = bundle.space.items[items]
    columns: list[Any] = [
        np.repeat(bundle.space.users[users], counts),
        ranks,
        ids,
        [bundle.catalogue.title(item) for item in ids.tolist()],
        bundle.shown(np.concatenate([top.scores for top in tops])),
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


class _Forward:
    """A stream that is only ever written to, as pyarrow wants a Python file."""

    closed = False

    def __init__(self, stream: Writable) -> None:
        self._stream, self._written = stream, 0

    def write(self, data: Any) -> int:
        """All of them."""
        view = memoryview(data)
        self._stream.write(cast("bytes", view))
        self._written += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        """Bytes from the start."""
        return self._written

    def writable(self) -> bool:
        """It is."""
        return True

    def flush(self) -> None:
        """Nothing is held back here."""

    def close(self) -> None:
        """Whoever opened it closes it."""
        self.closed = True
