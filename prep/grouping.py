"""Ratings user by user: every user's rows together, in the order of user positions, in memory that one chunk takes.

Ratings that come sorted by user, as MovieLens' own files do, are only cut where users change. Others are laid out anew
on disk: into as many stretches of the user range as fit in memory one at a time, each then sorted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prep.hashing import items_of, pairs_of, users_of
from prep.spool import CHUNK_ROWS, Columns, Spool

BUCKET_ROWS: Final = 1 << 20
"""Rows sorted in memory at a time."""
ORDER: Final = "order"
"""The column that says which row of the original spool a row was, where rows were laid out anew."""


class ByUser:
    """Rows of a spool whose ``pairs`` are user and item positions, users ascending; within a user as they came."""

    def __init__(self, spool: Spool, positions: tuple[NDArray[np.int64], NDArray[np.int64]] | None) -> None:
        """positions: of each user code and each item code, where the spool still has codes."""
        self._spool, self._positions = spool, positions

    def __len__(self) -> int:
        return len(self._spool)

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Columns]:
        """Whole users, about so many rows at a time; ``order`` is the row's number in the order of the files."""
        if self._positions is None:
            yield from whole_users(self._spool.chunks(rows))
            return
        position = Positioner(self._positions)
        positioned = ({**chunk, "pairs": position(chunk["pairs"])} for chunk in self._spool.chunks(rows))
        first = 0
        for chunk in whole_users(positioned):
            stop = first + chunk["pairs"].size
            yield {**chunk, ORDER: np.arange(first, stop)}
            first = stop


def whole_users(chunks: Iterable[Columns]) -> Iterator[Columns]:
    """The same rows, users ascending, cut only where users change."""
    held: Columns | None = None
    for read in chunks:
        chunk = read if held is None else {name: np.concatenate((held[name], read[name])) for name in read}
        cut = _last_user_starts(chunk["pairs"])
        if cut:
            yield {name: column[:cut] for name, column in chunk.items()}
        held = {name: column[cut:] for name, column in chunk.items()}
    if held is not None and held["pairs"].size:
        yield held


class Positioner:
    """Pairs of codes → pairs of positions."""

    def __init__(self, positions: tuple[NDArray[np.int64], NDArray[np.int64]]) -> None:
        """positions: of each user code and each item code."""
        of_user, of_item = positions
        self._users, self._items = pairs_of(of_user, np.zeros_like(of_user)), of_item.view(np.uint64)

    def __call__(self, codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """(n,) each. Every code has a position, so that no bound needs checking."""
        pairs: NDArray[np.uint64] = self._users.take(users_of(codes), mode="clip")
        pairs |= self._items.take(items_of(codes), mode="clip")
        return pairs


def by_user(
    spool: Spool, positions: tuple[NDArray[np.int64], NDArray[np.int64]], *, n_users: int, is_sorted: bool, folder: Path
) -> ByUser:
    """The rows of a spool of codes, user by user. is_sorted: user codes, and so positions, never descend."""
    if is_sorted:
        return ByUser(spool, positions)
    return ByUser(_laid_out(spool, positions, n_users=n_users, folder=folder), None)


def _laid_out(
    spool: Spool, positions: tuple[NDArray[np.int64], NDArray[np.int64]], *, n_users: int, folder: Path
) -> Spool:
    dtypes: dict[str, Any] = {name: spool.read(0, 0)[name].dtype for name in spool.names} | {ORDER: np.int64}
    buckets = _partitioned(spool, positions, dtypes, _bucket_of_user(spool, positions[0], n_users), folder)
    laid_out = Spool(folder, dtypes)
    for bucket in buckets:
        rows = bucket.read(0, len(bucket))
        order = np.argsort(users_of(rows["pairs"]), kind="stable")
        for first in range(0, order.size, CHUNK_ROWS):
            part = order[first : first + CHUNK_ROWS]
            laid_out.append({name: column[part] for name, column in rows.items()})
        bucket.drop()
    return laid_out


def _bucket_of_user(spool: Spool, of_user: NDArray[np.int64], n_users: int) -> NDArray[np.int64]:
    """Stretches of users with about ``BUCKET_ROWS`` rows each; one user may have more."""
    counts = np.zeros(n_users, np.int64)
    for chunk in spool.chunks(BUCKET_ROWS):
        counts += np.bincount(of_user[chunk["pairs"] >> np.uint64(32)], minlength=n_users)
    before = np.cumsum(counts) - counts
    return before // BUCKET_ROWS


def _partitioned(
    spool: Spool,
    positions: tuple[NDArray[np.int64], NDArray[np.int64]],
    dtypes: dict[str, Any],
    bucket_of_user: NDArray[np.int64],
    folder: Path,
) -> list[Spool]:
    buckets = [Spool(folder, dtypes) for _ in range(int(bucket_of_user.max(initial=0)) + 1)]
    position, first = Positioner(positions), 0
    for chunk in spool.chunks(16 * CHUNK_ROWS):
        pairs = position(chunk["pairs"])
        rows = {**chunk, "pairs": pairs, ORDER: np.arange(first, first + pairs.size)}
        first += pairs.size
        for bucket, members in split_by(bucket_of_user[users_of(pairs)], len(buckets)):
            buckets[bucket].append({name: column[members] for name, column in rows.items()})
    return buckets


def split_by(kind: NDArray[np.integer], kinds: int) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Which rows are of each kind 0 … kinds − 1, in their order; kinds without a row are left out."""
    if kinds == 1:
        yield 0, np.arange(kind.size)
        return
    # Small integers are sorted by radix (NumPy's documentation of sort, kind="stable").
    order = np.argsort(kind.astype(np.uint16) if kinds <= 1 << 16 else kind, kind="stable")
    counts = np.bincount(kind, minlength=kinds)
    ends = np.cumsum(counts)
    for number in np.flatnonzero(counts).tolist():
        yield number, order[ends[number] - counts[number] : ends[number]]


def _last_user_starts(pairs: NDArray[np.uint64]) -> int:
    users = users_of(pairs[-1:])
    return int(np.searchsorted(users_of(pairs), users[0], side="left")) if users.size else 0
