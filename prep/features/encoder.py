"""Positions of users and items → rows of a feature space with all its blocks, a few ten thousand rows at a time.

A row is a few segments in the order of their columns, each copied from a table by its user, item, week or threshold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prep.features.blocks import THRESHOLDS
from prep.features.checks import check_side
from prep.features.history import Lists
from prep.features.row_tables import Segment, Tables, of_codes, of_lists, own_columns, weights
from prep.features.side_data import SideData
from prep.triplet import Triplet

if TYPE_CHECKING:
    from prep.feature_space import FeatureSpace

MAX_VALUES: Final = 1 << 21
"""Values of one batch, unless a single row has more: 24 MB, and as much again while it is made."""
_WEEK_S: Final = 7 * 24 * 3600


class Encoder:
    """Rows of one feature space.

    Raises SideMismatch where the side data is not that of the space.
    """

    def __init__(self, space: FeatureSpace, side: SideData) -> None:
        check_side(space, side)
        self._space = space
        self._blocks = {block.kind: block for block in space.blocks}
        self._first_time = side.first_time
        tables = Tables()
        self._segments = [tables.ones("user", 0, len(space.users)), self._item_segment(side, tables)]
        if any(name != "year" for name in side.codes):
            self._segments.append(self._user_segment(side, tables))
        if side.history is not None:
            self._add_history("rated_items", "user", side.history.by_user)
            self._add_history("item_raters", "item", side.history.by_item)
        for kind in ("week", THRESHOLDS):
            if block := self._blocks.get(kind):
                self._segments.append(tables.ones(kind, block.first, block.width))
        self._columns, self._values = tables.joined()

    def rows(
        self,
        users: NDArray[np.int64],
        items: NDArray[np.int64],
        times: NDArray[np.int64] | None = None,
        thresholds: NDArray[np.integer] | None = None,
    ) -> Triplet:
        """One row for each user and item, positions (n,) each; columns ascend in each row.

        times: seconds since 1970, for the week; None means later than train. thresholds: their positions (n,), which a
        space of the ordinal task needs and no other takes. Memory grows with the values: see ``batches``.
        """
        keys = self._keys(users, items, times, thresholds)
        shape = (users.size, len(self._segments))
        starts, lengths = np.empty(shape, np.int64), np.empty(shape, np.int64)
        for number, segment in enumerate(self._segments):
            starts[:, number] = segment.starts[keys[segment.of]]
            lengths[:, number] = segment.lengths[keys[segment.of]]
        ends = np.cumsum(lengths.ravel())
        indptr = np.zeros(users.size + 1, np.int64)
        indptr[1:] = ends[shape[1] - 1 :: shape[1]]
        places = (ends - lengths.ravel()).reshape(shape)
        indices, data = self._filled(starts, lengths, places, int(indptr[-1]))
        return Triplet(indptr=indptr, indices=indices, data=data, n_columns=self._space.feature_dim)

    def batches(
        self,
        users: NDArray[np.int64],
        items: NDArray[np.int64],
        times: NDArray[np.int64] | None = None,
        thresholds: NDArray[np.integer] | None = None,
        *,
        max_values: int = MAX_VALUES,
    ) -> Iterator[tuple[slice, Triplet]]:
        """The same rows, cut where a batch would hold more than ``max_values``: which rows, and what they are.

        Histories are long: 65,536 rows of ml-25m's users have tens of millions of values.
        """
        ends = np.cumsum(self.lengths(users, items))
        first = 0
        while first < users.size:
            before = ends[first - 1] if first else 0
            stop = max(first + 1, int(np.searchsorted(ends, before + max_values, side="right")))
            part = slice(first, stop)
            yield part, self.rows(users[part], items[part], _cut(times, part), _cut(thresholds, part))
            first = stop

    def encode(
        self,
        users: ArrayLike,
        items: ArrayLike,
        times: NDArray[np.int64] | None = None,
        thresholds: NDArray[np.integer] | None = None,
    ) -> Triplet:
        """``rows`` by ids, (n,) each. Raises UnknownId."""
        places = self._space.positions_of_users(users), self._space.positions_of_items(items)
        return self.rows(*places, times, thresholds)

    def lengths(self, users: NDArray[np.int64], items: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many values each row has, (n,)."""
        total = np.zeros(users.size, np.int64)
        keys = {"user": users, "item": items}
        for segment in self._segments:
            total += segment.lengths[keys[segment.of]] if segment.of in keys else 1
        return total

    def _item_segment(self, side: SideData, tables: Tables) -> Segment:
        """An item's own column, genres and year, which follow one another."""
        n_users, n_items = len(self._space.users), len(self._space.items)
        parts = [own_columns(n_users, n_items)]
        if side.genres is not None:
            parts.append(of_lists(side.genres, self._blocks["genres"].first))
        if "year" in side.codes:
            parts.append(of_codes(side.codes["year"], self._blocks["year"].first))
        return tables.merged("item", parts, n_items)

    def _user_segment(self, side: SideData, tables: Tables) -> Segment:
        first = {block.name: block.first for block in self._space.blocks if block.kind == "user_attributes"}
        parts = [of_codes(side.codes[name], column) for name, column in first.items()]
        return tables.merged("user", parts, len(self._space.users))

    def _add_history(self, kind: str, of: str, lists: Lists) -> None:
        if block := self._blocks.get(kind):
            starts, lengths = lists.indptr[:-1], np.diff(lists.indptr)
            self._segments.append(Segment(of, starts, lengths, lists.members, block.first))

    def _keys(
        self,
        users: NDArray[np.int64],
        items: NDArray[np.int64],
        times: NDArray[np.int64] | None,
        thresholds: NDArray[np.integer] | None,
    ) -> dict[str, NDArray[Any]]:
        given = [column for column in (users, items, times, thresholds) if column is not None]
        if any(column.shape != (users.size,) for column in given):
            raise ValueError(f"columns of shapes {[column.shape for column in given]}, expected as many of each")
        if (thresholds is None) == (THRESHOLDS in self._blocks):
            expected = "none" if thresholds is not None else "one for each row"
            raise ValueError(f"thresholds of a space with {len(self._space.thresholds)}, expected {expected}")
        keys: dict[str, NDArray[Any]] = {"user": users, "item": items}
        if thresholds is not None:
            keys[THRESHOLDS] = thresholds
        if "week" in self._blocks:
            keys["week"] = self._weeks(times, users.size)
        return keys

    def _weeks(self, times: NDArray[np.int64] | None, rows: int) -> NDArray[np.int64]:
        last, first_time = self._blocks["week"].width - 1, self._first_time or 0
        if times is None:
            return np.full(rows, last)
        top = min(first_time + last * _WEEK_S, np.iinfo(np.int64).max)
        return (np.clip(times, first_time, top) - first_time) // _WEEK_S

    def _filled(
        self, starts: NDArray[np.int64], lengths: NDArray[np.int64], places: NDArray[np.int64], total: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        own = [number for number, segment in enumerate(self._segments) if segment.members is None]
        if len(own) == len(self._segments):
            source = _stretches(starts - places, lengths)
            return self._columns[source], self._values[source]
        indices, data = np.empty(total, np.int64), np.empty(total, np.float32)
        source, place = _sources(starts[:, own], lengths[:, own], places[:, own])
        indices[place], data[place] = self._columns[source], self._values[source]
        for number, segment in enumerate(self._segments):
            if segment.members is not None:
                length = lengths[:, number]
                source, place = _sources(starts[:, number], length, places[:, number])
                indices[place] = segment.members[source] + np.int64(segment.first)
                data[place] = np.repeat(weights(length), length)
        return indices, data


def _cut(column: NDArray[Any] | None, part: slice) -> NDArray[Any] | None:
    return None if column is None else column[part]


def _sources(
    starts: NDArray[np.int64], lengths: NDArray[np.int64], places: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For every entry of the stretches, one after the other: where it comes from, and where it goes."""
    before = (np.cumsum(lengths) - lengths.ravel()).reshape(lengths.shape)
    return _stretches(starts - before, lengths), _stretches(places - before, lengths)


def _stretches(offsets: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Entry ``k`` of all entries of the stretches gets ``k`` plus its stretch's offset."""
    repeated: NDArray[np.int64] = np.repeat(offsets.ravel(), lengths.ravel())
    repeated += np.arange(repeated.size)
    return repeated
