"""What runs inside Spark's workers: the same readers, divisions, labels and encoders, each for a part of the rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from prep import duplicates
from prep.channels import Channel
from prep.division import Division, Found, Known
from prep.encode import row_encoder
from prep.errors import DuplicateRating
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
from prep.spark_batches import Batches, answer, columns_of
from prep.split import ordinals
from prep.spool import Columns
from prep.write import encoded

PLACES: Final = ("place", "shard")
"""The columns that say where a labelled row goes."""
_SHUFFLE_SALT: Final = 0x5347


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
    """How parts are read. is_given: whether the split is that of the files."""

    source: Source
    layout: Layout
    spec: InputSpec
    with_times: bool
    is_given: bool

    @property
    def names(self) -> list[str]:
        """The columns of ``rows``."""
        times = ["times"] if self.with_times else []
        return ["pairs", "values", ORDER, *times, *(["given"] if self.is_given else [])]

    def survey(self, task: Task) -> bytes:
        """Answers PartFindings."""
        return answer(lambda: self._survey(task))

    def times(self, task: Task) -> bytes:
        """Answers the part's timestamps, int64 (rows,)."""
        parts = (block.times for block in self._reader().read(task.part))
        return answer(lambda: np.concatenate([np.empty(0, np.int64), *parts]))

    def rows(self, task: Task, first: int, users: NDArray[Any], items: NDArray[Any]) -> Iterator[Columns]:
        """The part's rows by position. first: the number of its first row in the order of the files."""
        for block in self._reader().read(task.part):
            pairs = pairs_of(_positions(users, block.users), _positions(items, block.items))
            columns: Columns = {"pairs": pairs, "values": block.values, ORDER: np.arange(first, first + pairs.size)}
            columns |= {"times": block.times} if self.with_times else {}
            columns |= {"given": np.full(pairs.size, task.channel, np.uint8)} if self.is_given else {}
            yield columns
            first += pairs.size

    def _reader(self) -> RatingsReader:
        return RatingsReader(self.source, self.layout, self.spec, with_times=self.with_times)

    def _survey(self, task: Task) -> PartFindings:
        reader, rows, blocks = self._reader(), 0, []
        users: set[Any] = set()
        items: set[Any] = set()
        for block in reader.read(task.part):
            blocks.append((rows, block.file, block.lines))
            rows += len(block.values)
            users.update(block.users.unique().to_pylist())
            items.update(block.items.unique().to_pylist())
        return PartFindings(rows, as_ids(users), as_ids(items), reader.rejections, blocks)


def as_ids(ids: Iterable[Any]) -> NDArray[Any]:
    """Distinct ids, ascending: int64, or text by code point."""
    ordered = sorted(ids)
    return np.array(ordered, np.str_ if ordered and isinstance(ordered[0], str) else np.int64)


def _positions(ids: NDArray[Any], wanted: pa.Array) -> NDArray[np.int64]:
    """Where each id stands among all; every one is there."""
    if ids.dtype.kind != "U":
        found: NDArray[np.int64] = np.searchsorted(ids, wanted.to_numpy(zero_copy_only=False))
        return found
    encoded = wanted.dictionary_encode()
    places = np.searchsorted(ids, np.array(encoded.dictionary.to_pylist(), np.str_))
    of_row: NDArray[np.int64] = places[encoded.indices.to_numpy(zero_copy_only=False)]
    return of_row


def user_column(columns: Columns) -> Columns:
    """With the user by itself, which Spark sorts by."""
    return {**columns, "user": users_of(columns["pairs"])}


def chunks_of(batches: Batches) -> Iterator[Columns]:
    """Rows of whole users of a partition that is sorted by user and order."""
    return whole_users({name: part[name] for name in part if name != "user"} for part in columns_of(batches))


@dataclass(frozen=True, slots=True, eq=False)
class PartitionFindings:
    """What dividing one partition tells.

    pairs: of its training rows, where histories need them. times: the earliest and latest of its training rows.
    refused: a user's position, and what is wrong with that user's rows; the first of the partition.
    """

    found: Found
    pairs: NDArray[np.uint64]
    times: tuple[int, int] | None
    refused: tuple[int, DuplicateRating] | None = None


def partition_findings(batches: Batches, known: Known, *, with_pairs: bool) -> PartitionFindings:
    """Divide, and say what was found."""
    division = Division(known)
    pairs, times = [np.empty(0, np.uint64)], []
    for chunk in chunks_of(batches):
        try:
            is_train = division.channels_of(chunk) == Channel.TRAIN
        except DuplicateRating as error:
            return PartitionFindings(division.found, pairs[0], None, (_first_repeating_user(chunk), error))
        if with_pairs:
            pairs.append(chunk["pairs"][is_train])
        if "times" in chunk and is_train.any():
            times += [int(chunk["times"][is_train].min()), int(chunk["times"][is_train].max())]
    return PartitionFindings(division.found, np.concatenate(pairs), (min(times), max(times)) if times else None)


def _first_repeating_user(chunk: Columns) -> int:
    repeated = duplicates.repeats(chunk["pairs"], keep="first")
    assert repeated is not None  # noqa: S101 - it was refused for them
    return int(users_of(chunk["pairs"][repeated[:1]])[0])


def labelled(batches: Batches, known: Known, labelling: Labelling, channel: Channel) -> Iterator[Columns]:
    """The channel's labelled rows of a partition, divided again where it is asked again: by content alone."""
    division = Division(known)
    for chunk in chunks_of(batches):
        yield from labelling.rows(chunk, division.channels_of(chunk), channel)


def shuffled(columns: Columns, seed: int, shards: int) -> Columns:
    """Labelled rows, each with its shard and its place there: drawn by seed and content, so another attempt at the same
    rows sends each to the same shard.
    """
    content: NDArray[np.uint64] = columns["pairs"].copy()
    for salt, name in enumerate(("labels", "thresholds", "times")):
        if name in columns:
            content = mix(content ^ columns[name].astype(np.int64).view(np.uint64), salt)
    keys = mix(content, seed ^ _SHUFFLE_SALT)
    _tell_apart(keys, seed)
    return {**columns, "place": keys.view(np.int64), "shard": (keys % np.uint64(shards)).astype(np.int32)}


def _tell_apart(keys: NDArray[np.uint64], seed: int) -> None:
    """Rows that are equal in all, as repeated likes are, are not to stand side by side: their number counts too."""
    order = np.argsort(keys, kind="stable")
    starts, _, group = ordinals(keys[order])
    nth = (np.arange(order.size) - starts[group]).astype(np.uint64)
    again = nth > 0
    told_apart: NDArray[np.uint64] = keys[order[again]] + nth[again]
    keys[order[again]] = mix(told_apart, seed)


def by_user(columns: Columns) -> Columns:
    """Labelled rows of the one shard, each in its user's place."""
    size = columns["pairs"].size
    return {**columns, "place": users_of(columns["pairs"]), "shard": np.zeros(size, np.int32)}


@dataclass(frozen=True, slots=True, eq=False)
class Writes:
    """How labelled rows become objects."""

    space: FeatureSpace
    side: SideData
    sink: Sink
    task: str

    def write(self, batches: Batches, channel: Channel, keys: list[str]) -> tuple[list[Staged], Written]:
        """Stage the shards of one partition, whose rows are sorted by shard: all of them, or none that is left."""
        encoder, written = row_encoder(self.space, self.side), Written(Counts(), Counts(), Counts(), 0)
        staged = []
        with ExitStack() as stages:  # a later shard's failure takes back the earlier ones too
            for shard, pieces in itertools.groupby(_pieces(columns_of(batches)), key=itemgetter(0)):
                stage = stages.enter_context(self.sink.stage(keys[shard]))
                for octets in encoded(encoder, map(itemgetter(1), pieces), channel, written, task=self.task):
                    stage.write(octets)
                staged.append(stage.finish())
        return staged, written


def _pieces(parts: Iterable[Columns]) -> Iterator[tuple[int, Columns]]:
    """Stretches of equal shard, a stretch in several where it is cut by the parts."""
    for part in parts:
        shards = part["shard"]
        starts = np.flatnonzero(np.diff(shards, prepend=-1))
        for first, stop in zip(starts.tolist(), [*starts[1:].tolist(), shards.size], strict=True):
            yield int(shards[first]), {name: part[name][first:stop] for name in part if name not in PLACES}
