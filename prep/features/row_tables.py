"""What rows are copied from: the columns and values of every user, item, week and threshold, one after the other."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from prep.features.history import Lists


class Segment(NamedTuple):
    """Which stretch of a table a row takes: by its key ``of``, ``lengths[key]`` entries from ``starts[key]``."""

    of: str
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    members: NDArray[Any] | None = None  # None: in the encoder's own table
    first: int = 0


def weights(lengths: NDArray[np.int64]) -> NDArray[np.float32]:
    """1/√n, which makes n equal values a vector of length 1."""
    return (1 / np.sqrt(np.maximum(lengths, 1))).astype(np.float32)


Entries = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]
"""Keys, columns and values, (entries,) each."""


def own_columns(first: int, count: int) -> Entries:
    """A one for each of ``count`` keys, in columns from ``first`` on."""
    keys = np.arange(count)
    return keys, keys + first, np.ones(count, np.float32)


def of_lists(lists: Lists, first: int) -> Entries:
    """1/√n for each of the n members of a key's list."""
    lengths = np.diff(lists.indptr)
    keys = np.repeat(np.arange(len(lists)), lengths)
    return keys, lists.members + np.int64(first), np.repeat(weights(lengths), lengths)


def of_codes(codes: NDArray[np.int32], first: int) -> Entries:
    """A one in the column of a key's code; none where that is −1."""
    keys = np.flatnonzero(codes >= 0)
    return keys, codes[keys] + np.int64(first), np.ones(keys.size, np.float32)


class Tables:
    """All tables, one after the other."""

    def __init__(self) -> None:
        self._columns: list[NDArray[np.int64]] = []
        self._values: list[NDArray[np.float32]] = []
        self._size = 0

    def ones(self, of: str, first: int, count: int) -> Segment:
        """A one in a column of its own for each key."""
        return self.merged(of, [own_columns(first, count)], count)

    def merged(self, of: str, parts: list[Entries], count: int) -> Segment:
        """The entries of all parts by key, those of one key in the order of the parts."""
        keys, columns, values = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(keys, kind="stable")
        lengths = np.bincount(keys, minlength=count)
        starts = self._size + np.cumsum(lengths) - lengths
        self._columns.append(columns[order])
        self._values.append(values[order])
        self._size += keys.size
        return Segment(of, starts, lengths)

    def joined(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Columns and values of all tables."""
        return np.concatenate(self._columns), np.concatenate(self._values)
