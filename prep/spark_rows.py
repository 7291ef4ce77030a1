"""What runs inside Spark's workers: the same readers, divisions, labels and encoders, each for a part of the rows.

Rows travel as Arrow batches whose columns are those of a ``prep.spool``; findings travel pickled.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from prep.channels import Channel
from prep.division import Division, Found, Known
from prep.encode import row_encoder
from prep.feature_space import FeatureSpace
from prep.features.side_data import SideData
from prep.grouping import ORDER, whole_users
from prep.hashing import mix, pairs_of, users_of
from prep.inputs import InputSpec, Layout, RatingsReader, Rejections
from prep.inputs.lines import Lines
from prep.labelling import Labelling
from prep.result import Counts, Written
from prep.sinks import Sink, Staged
from prep.sources import Source
from prep.spool import Columns
from prep.write import put

_SHUFFLE_SALT = 0x5347


@dataclass(frozen=True, slots=True)
class Task:
    """One part of one file, ``number`` in the order of all. channel: of a given split, else 0."""

    number: int
    part: Any
    channel: int


@dataclass(frozen=True, slots=True, eq=False)
class PartFindings:
    """What reading one part tells. blocks: first row within the part, file and lines of each block."""

    rows: int
    users: NDArray[Any]
    items: NDArray[Any]
    rejections: Rejections
    blocks: list[tuple[int, str, Lines]]


@dataclass(frozen=True, slots=True)
class Reads:
    """How parts are read."""

    source: Source
    layout: Layout
    spec: InputSpec
    with_times: bool

    def survey(self, task: Task) -> bytes:
        """PartFindings, pickled."""
        reader = RatingsReader(self.source, self.layout, self.spec, with_times=self.with_times)
        rows, blocks = 0, []
        users: set[Any] = set()
        items: set[Any] = set()
        for block in reader.read(task.part):
            blocks.append((rows, block.file, block.lines))
            rows += len(block.values)
            users.update(block.users.unique().to_pylist())
            items.update(block.items.unique().to_pylist())
        found = PartFindings(rows, as_ids(users), as_ids(items), reader.rejections, blocks)
        return pickle.dumps(found)

    def times(self, task: Task) -> bytes:
        """The part's timestamps, pickled."""
        reader = RatingsReader(self.source, self.layout, self.spec, with_times=True)
        parts = [block.times for block in reader.read(task.part)]
        return pickle.dumps(np.concatenate([np.empty(0, np.int64), *parts]))

    def rows(self, task: Task, first: int, users: NDArray[Any], items: NDArray[Any]) -> Iterator[Columns]:
        """The part's rows by position. first: the number of its first row in the order of the files."""
        reader = RatingsReader(self.source, self.layout, self.spec, with_times=self.with_times)
        for block in reader.read(task.part):
            pairs = pairs_of(_positions(users, block.users), _positions(items, block.items))
            columns: Columns = {"pairs": pairs, "values": block.values, ORDER: np.arange(first, first + pairs.size)}
            columns |= {"times": block.times} if self.with_times else {}
            columns |= {"given": np.full(pairs.size, task.channel, np.uint8)} if task.channel else {}
            yield columns
            first += pairs.size


def as_ids(ids: Iterable[Any]) -> NDArray[Any]:
    """Distinct ids, ascending: int64, or text by code point."""
    ordered = sorted(ids)
    return np.array(ordered, np.str_ if ordered and isinstance(ordered[0], str) else np.int64)


def _positions(ids: NDArray[Any], wanted: pa.Array) -> NDArray[np.int64]:
    """Where each id stands among all; every one is there."""
    if ids.dtype.kind != "U":
        return np.searchsorted(ids, wanted.to_numpy(zero_copy_only=False))
    encoded = wanted.dictionary_encode()
    places = np.searchsorted(ids, np.array(encoded.dictionary.to_pylist(), np.str_))
    return places[encoded.indices.to_numpy(zero_copy_only=False)]


def to_batch(columns: Columns) -> pa.RecordBatch:
    """Columns as Spark takes them: it has no unsigned numbers."""
    signed = {name: column.view(_SIGNED.get(column.dtype, column.dtype)) for name, column in columns.items()}
    return pa.RecordBatch.from_pydict({name: pa.array(column) for name, column in signed.items()})


def to_columns(batch: pa.RecordBatch) -> Columns:
    """What ``to_batch`` was given."""
    named = zip(batch.schema.names, batch.columns, strict=True)
    return {
        name: column.to_numpy(zero_copy_only=False).view(_WHOLE.get(name, column.type.to_pandas_dtype()))
        for name, column in named
    }


_SIGNED = {np.dtype(np.uint64): np.int64, np.dtype(np.uint8): np.int8}
_WHOLE: dict[str, Any] = {"pairs": np.uint64, "given": np.uint8}


def user_column(columns: Columns) -> Columns:
    """With the user by itself, which Spark sorts by."""
    return {**columns, "user": users_of(columns["pairs"])}


def chunks_of(batches: Iterable[pa.RecordBatch]) -> Iterator[Columns]:
    """Rows of whole users of a partition that is sorted by user and order."""
    columns = (to_columns(batch) for batch in batches if batch.num_rows)
    return whole_users({name: part[name] for name in part if name != "user"} for part in columns)


def divided(batches: Iterable[pa.RecordBatch], known: Known) -> Iterator[tuple[Columns, NDArray[np.uint8]]]:
    """Rows of whole users and the channel of each, decided again where they are asked for again: by content alone."""
    division = Division(known)
    for chunk in chunks_of(batches):
        yield chunk, division.channels_of(chunk)


@dataclass(frozen=True, slots=True, eq=False)
class PartitionFindings:
    """What dividing one partition tells. pairs: of its training rows, where histories need them. times: the earliest and
    latest of its training rows."""

    found: Found
    pairs: NDArray[np.uint64]
    times: tuple[int, int] | None


def partition_findings(batches: Iterable[pa.RecordBatch], known: Known, *, with_pairs: bool) -> PartitionFindings:
    """Divide, and say what was found."""
    division = Division(known)
    pairs, times = [np.empty(0, np.uint64)], []
    for chunk in chunks_of(batches):
        is_train = division.channels_of(chunk) == Channel.TRAIN
        if with_pairs:
            pairs.append(chunk["pairs"][is_train])
        if "times" in chunk and is_train.any():
            times += [int(chunk["times"][is_train].min()), int(chunk["times"][is_train].max())]
    return PartitionFindings(division.found, np.concatenate(pairs), (min(times), max(times)) if times else None)


def shuffle_keys(columns: Columns, seed: int, shards: int) -> Columns:
    """Each labelled row with its shard and its place there, both drawn by seed and content.

    Rows that are equal in every column may be told apart by nothing, and need not be.
    """
    content = columns["pairs"].copy()
    for salt, name in enumerate(("labels", "thresholds", "times")):
        if name in columns:
            content = mix(content ^ columns[name].astype(np.int64).view(np.uint64), salt)
    keys = mix(content, seed ^ _SHUFFLE_SALT)
    return {**columns, "place": keys.view(np.int64), "shard": (keys % np.uint64(shards)).astype(np.int32)}


@dataclass(frozen=True, slots=True, eq=False)
class Writes:
    """How labelled rows become objects."""

    space: FeatureSpace
    side: SideData
    sink: Sink
    task: str

    def write(
        self, batches: Iterable[pa.RecordBatch], channel: Channel, keys: list[str]
    ) -> tuple[list[Staged], Written]:
        """Stage the shards of one partition, whose rows are sorted by shard."""
        encoder = row_encoder(self.space, self.side)
        written = Written(Counts(), Counts(), Counts(), 0)
        staged = []
        for shard, parts in _by_shard(to_columns(batch) for batch in batches if batch.num_rows):
            with self.sink.stage(keys[shard]) as stage:
                for rows in parts:
                    put(stage, encoder, rows, channel, written, task=self.task)
                staged.append(stage.finish())
        return staged, written


def _by_shard(parts: Iterable[Columns]) -> Iterator[tuple[int, Iterator[Columns]]]:
    """Stretches of equal shard, one after the other, however they are cut into parts."""
    pieces = _pieces(parts)
    piece = next(pieces, None)
    while piece is not None:
        shard = piece[0]

        def stretch(first: tuple[int, Columns]) -> Iterator[Columns]:
            nonlocal piece
            current: tuple[int, Columns] | None = first
            while current is not None and current[0] == shard:  # noqa: B023 - used before the next one begins
                yield current[1]
                current = next(pieces, None)
            piece = current

        yield shard, stretch(piece)


def _pieces(parts: Iterable[Columns]) -> Iterator[tuple[int, Columns]]:
    for part in parts:
        shards = part["shard"]
        starts = np.flatnonzero(np.diff(shards, prepend=-1))
        for first, stop in zip(starts.tolist(), [*starts[1:].tolist(), shards.size], strict=True):
            rows = {name: part[name][first:stop] for name in part if name not in ("shard", "place")}
            yield int(shards[first]), rows


def labelled(
    batches: Iterable[pa.RecordBatch], known: Known, labelling: Labelling, channel: Channel, names: list[str]
) -> Iterator[Columns]:
    """The channel's labelled rows of a partition; of their columns, those of these names."""
    for chunk, channels in divided(batches, known):
        for rows in labelling.rows(chunk, channels, channel):
            yield {name: rows[name] for name in names}
