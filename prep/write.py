"""The second pass: surveyed rows → labelled, shuffled, encoded channels in a transaction."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from prep import keys
from prep.ahead import ahead
from prep.catalogue import Catalogue
from prep.channels import Channel
from prep.division import expected_channels
from prep.encode import RowEncoder, row_encoder
from prep.errors import OneClassOnly
from prep.feature_space import FeatureSpace
from prep.features.blocks import HISTORY_KINDS
from prep.features.design import design
from prep.features.side_data import SideData
from prep.labelling import Labelling
from prep.progress import Progress
from prep.result import Counts, Prepared, Written, described
from prep.row_columns import RowColumns
from prep.shuffle import Shuffle
from prep.sinks import Stage, Transaction
from prep.spool import Columns, Spool
from prep.survey import Findings, Read, Survey
from prep.train_history import train_history

HELD_OUT = {Channel.VALIDATION: keys.VALIDATION, Channel.TEST: keys.TEST}


def space_of(found: Survey, folder: Path) -> tuple[FeatureSpace, SideData]:
    """The columns that the job asks for, and what fills them. Raises UnusableBlock."""
    blocks = found.job.features
    return design(
        users=found.users,
        items=found.items,
        blocks=blocks,
        catalogue=found.catalogue,
        people=found.people,
        history=train_history(found, folder) if set(blocks) & set(HISTORY_KINDS) else None,
        train_times=_train_times(found) if "week" in blocks else None,
        thresholds=found.job.label.space_thresholds,
    )


class Dealt:
    """Labelled rows on their way from the division to the channels: training rows shuffled, held-out ones aside."""

    def __init__(self, given: Read, folder: Path) -> None:
        job, rows = given.job, len(given.rows)
        self._labelling = Labelling(job.label, n_items=given.ratings.items.size, seed=given.rule.seed)
        self._columns = RowColumns(job, n_users=given.ratings.users.size)
        rng = np.random.default_rng(given.rule.seed)
        most_rows = rows * job.label.rows_per_rating()
        self._shuffle = Shuffle(folder, self._columns.dtypes, most_rows=most_rows, rng=rng)
        held_out = [channel for channel in expected_channels(given.rule) if channel is not Channel.TRAIN]
        self._aside = {channel: Spool(folder, self._columns.dtypes) for channel in held_out}

    def take(self, chunk: Columns, channels: NDArray[np.uint8]) -> None:
        """Rows of whole users, and the channel of each."""
        for rows in self._labelling.rows(chunk, channels, Channel.TRAIN):
            self._shuffle.add(self._columns.join(rows))
        for channel, spool in self._aside.items():
            for rows in self._labelling.rows(chunk, channels, channel):
                spool.append(self._columns.join(rows))

    def close(self) -> None:
        """Nothing is written to the folder afterwards."""
        self._shuffle.close()

    @property
    def train_rows(self) -> int:
        """Labelled."""
        return len(self._shuffle)

    def train(self, shards: int) -> Iterator[Iterator[Columns]]:
        """The rows of each shard, a chunk at a time; each shard has to be read to its end before the next."""
        return (map(self._columns.part, chunks) for chunks in self._shuffle.shards(shards))

    def held_out(self) -> Iterator[tuple[Channel, Iterator[Columns]]]:
        """The rows of every other channel, a chunk at a time."""
        return ((channel, map(self._columns.part, spool.chunks())) for channel, spool in self._aside.items())


def write(found: Survey, dealt: Dealt, out: Transaction, folder: Path, progress: Progress) -> Prepared:
    """Write every channel, and the documents that explain them."""
    space, side = space_of(found, folder)
    written = _Channels(found, row_encoder(space, side), progress).write(dealt, out)
    prepared = described(found, space, written)
    write_documents(out, found, space, side, prepared)
    return prepared


def write_documents(out: Transaction, found: Findings, space: FeatureSpace, side: SideData, prepared: Prepared) -> None:
    """What explains the channels, the result last."""
    out.write(keys.FEATURE_SPACE, space.to_json())
    if space.blocks:
        with out.open(keys.SIDE_DATA) as stage:
            side.write_to(cast("Any", _Stream(stage)))
    catalogue = Catalogue({}, ()) if found.catalogue is None else Catalogue.of(found.catalogue)
    out.write(keys.ITEMS, catalogue.to_json())
    out.write(keys.REJECTED, json.dumps(found.rejections.as_json(), indent=2, ensure_ascii=False).encode())
    out.write(keys.PREPARED, prepared.to_json())


class _Channels:
    """Encodes and counts."""

    def __init__(self, found: Survey, encoder: RowEncoder, progress: Progress) -> None:
        self._found, self._encoder, self._progress = found, encoder, progress
        self._written = Written(Counts(), Counts(), Counts(), 0)

    def write(self, dealt: Dealt, out: Transaction) -> Written:
        """The training channel in as many objects as the job says, every other one in one."""
        self._written.shards = self._found.job.shards_of(dealt.train_rows)
        objects = keys.shards(keys.TRAIN, self._written.shards)
        for key, chunks in zip(objects, dealt.train(len(objects)), strict=True):
            self._write(out, key, Channel.TRAIN, chunks)
        for channel, chunks in dealt.held_out():
            self._write(out, HELD_OUT[channel], channel, chunks)
        check_drawn(self._found, self._written)
        return self._written

    def _write(self, out: Transaction, key: str, channel: Channel, chunks: Iterable[Columns]) -> None:
        task, written = self._found.job.label.task, self._written
        with out.open(key) as stage:
            for octets in ahead(encoded(self._encoder, chunks, channel, written, task=task)):
                stage.write(octets)
                self._progress("write", written.rows.train + written.rows.validation + written.rows.test, None)


def check_drawn(found: Findings, written: Written) -> None:
    """Raises OneClassOnly where the ranking task found no unseen item to hold any like against."""
    for channel in found.tallies:
        name = channel.name.lower()
        rows, positives = getattr(written.rows, name), getattr(written.positives, name)
        if found.job.label.task == "ranking" and rows == positives:
            raise OneClassOnly(f"ranking: every user with a like in the {name} channel has rated every item")


def encoded(
    encoder: RowEncoder, chunks: Iterable[Columns], channel: Channel, written: Written, *, task: str
) -> Iterator[memoryview]:
    """Labelled rows as frames, which stay as RowEncoder's do; ``written`` counts them as they come."""
    for rows in chunks:
        for octets in encoder.encode(rows):
            written.bytes.add(channel, octets.nbytes)
            yield octets
        written.rows.add(channel, rows["labels"].size)
        if task != "regressor":
            written.positives.add(channel, int(np.count_nonzero(rows["labels"])))


class _Stream(io.RawIOBase):
    """A stage as a stream."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._stage.write(memoryview(data).cast("B"))


def _train_times(found: Survey) -> tuple[int, int]:
    earliest, latest = np.iinfo(np.int64).max, np.iinfo(np.int64).min
    for chunk, channels in found.chunks():
        times = chunk["times"][channels == Channel.TRAIN]
        if times.size:
            earliest, latest = min(earliest, int(times.min())), max(latest, int(times.max()))
    return int(earliest), int(latest)
