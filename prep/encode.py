"""Labelled rows → RecordIO-protobuf: the pair encoder where a row is a user and an item, else the general one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Protocol

from prep.feature_space import FeatureSpace
from prep.features.encoder import Encoder
from prep.features.side_data import SideData
from prep.hashing import items_of, users_of
from prep.recordio import PairEncoder, write_records
from prep.recordio.pairs import BLOCK_ROWS
from prep.spool import Columns


class RowEncoder(Protocol):
    """Rows of one feature space as bytes."""

    def encode(self, rows: Columns) -> Iterator[memoryview]:
        """The frames of all rows, in their order.

        Each view is valid while the next one is made, and until the one after that is asked for.
        """


def row_encoder(space: FeatureSpace, side: SideData) -> RowEncoder:
    """The fastest that the space allows."""
    return _Blocks(space, side) if space.blocks else _Pairs(space)


class _Pairs:
    def __init__(self, space: FeatureSpace) -> None:
        self._first_item = len(space.users)
        self._encoder = PairEncoder(
            first_keys=len(space.users), second_keys=len(space.items), n_columns=space.feature_dim, results=2
        )

    def encode(self, rows: Columns) -> Iterator[memoryview]:
        pairs, labels = rows["pairs"], rows["labels"]
        for first in range(0, pairs.size, BLOCK_ROWS):
            part = pairs[first : first + BLOCK_ROWS]
            items = items_of(part)
            items += self._first_item
            yield self._encoder.encode(users_of(part), items, labels[first : first + BLOCK_ROWS]).data


class _Blocks:
    def __init__(self, space: FeatureSpace, side: SideData) -> None:
        self._encoder = Encoder(space, side)

    def encode(self, rows: Columns) -> Iterator[memoryview]:
        users, items = users_of(rows["pairs"]), items_of(rows["pairs"])
        for part, matrix in self._encoder.batches(users, items, rows.get("times"), rows.get("thresholds")):
            stream = io.BytesIO()
            write_records(stream, matrix, rows["labels"][part])
            yield stream.getbuffer()
