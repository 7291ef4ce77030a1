"""The second pass: surveyed rows → labelled, shuffled, encoded channels in a transaction."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from prep import keys
from prep.catalogue import Catalogue
from prep.channels import Channel
from prep.division import expected_channels
from prep.encode import RowEncoder, row_dtypes, row_encoder
from prep.errors import OneClassOnly
from prep.feature_space import FeatureSpace
from prep.features.blocks import HISTORY_KINDS
from prep.features.design import design
from prep.features.side_data import SideData
from prep.labelling import Labelling
from prep.progress import Progress
from prep.result import Counts, Prepared, Written, described
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
        self._dtypes = row_dtypes(job)
        rng = np.random.default_rng(given.rule.seed)
        most_rows = rows * job.label.rows_per_rating()
        self.shuffle = Shuffle(folder, self._dtypes, most_rows=most_rows, rng=rng)
        held_out = [channel for channel in expected_channels(given.rule) if channel is not Channel.TRAIN]
        self.aside = {channel: Spool(folder, self._dtypes) for channel in held_out}

    def take(self, chunk: Columns, channels: NDArray[np.uint8]) -> None:
        """Rows of whole users, and the channel of each."""
        for rows in self._labelling.rows(chunk, channels, Channel.TRAIN):
            self.shuffle.add({name: rows[name] for name in self._dtypes})
        for channel, spool in self.aside.items():
            for rows in self._labelling.rows(chunk, channels, channel):
                spool.append(rows)


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
        self._written.shards = self._found.job.shards_of(len(dealt.shuffle))
        objects = keys.shards(keys.TRAIN, self._written.shards)
        for key, chunks in zip(objects, dealt.shuffle.shards(len(objects)), strict=True):
            self._write(out, key, Channel.TRAIN, chunks)
        for channel, spool in dealt.aside.items():
            self._write(out, HELD_OUT[channel], channel, spool.chunks())
        check_drawn(self._found, self._written)
        return self._written

    def _write(self, out: Transaction, key: str, channel: Channel, chunks: Iterable[Columns]) -> None:
        with out.open(key) as stage:
            for chunk in chunks:
                self._put(stage, channel, chunk)

    def _put(self, stage: Stage, channel: Channel, chunk: Columns) -> None:
        put(stage, self._encoder, chunk, channel, self._written, task=self._found.job.label.task)
        rows = self._written.rows
        self._progress("write", rows.train + rows.validation + rows.test, None)


def check_drawn(found: Findings, written: Written) -> None:
    """Raises OneClassOnly where the ranking task found no unseen item to hold any like against."""
    for channel in found.tallies:
        name = channel.name.lower()
        rows, positives = getattr(written.rows, name), getattr(written.positives, name)
        if found.job.label.task == "ranking" and rows == positives:
            raise OneClassOnly(f"ranking: every user with a like in the {name} channel has rated every item")


def put(stage: Stage, encoder: RowEncoder, rows: Columns, channel: Channel, written: Written, *, task: str) -> None:
    """Encode labelled rows into a stage, and count them."""
    size = 0
    for octets in encoder.encode(rows):
        stage.write(octets)
        size += octets.nbytes
    labels = rows["labels"]
    written.rows.add(channel, labels.size)
    written.bytes.add(channel, size)
    if task != "regressor":
        written.positives.add(channel, int(np.count_nonzero(labels)))


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
