"""The second pass: surveyed rows → labelled, shuffled, encoded channels in a transaction."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np

from prep import keys
from prep.catalogue import Catalogue
from prep.channels import Channel
from prep.encode import RowEncoder, row_dtypes, row_encoder
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
from prep.survey import Findings, Survey
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


def write(found: Survey, out: Transaction, folder: Path, progress: Progress) -> Prepared:
    """Write every channel, and the documents that explain them."""
    space, side = space_of(found, folder)
    written = _Channels(found, space, side, folder, progress).write(out)
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
    """Held-out rows are written as they come, user by user; training rows are shuffled first, on disk."""

    def __init__(self, found: Survey, space: FeatureSpace, side: SideData, folder: Path, progress: Progress) -> None:
        self._found, self._folder, self._progress = found, folder, progress
        self._encoder: RowEncoder = row_encoder(space, side)
        self._dtypes = row_dtypes(space)
        self._labelling = Labelling(found.job.label, n_items=len(space.items), seed=found.rule.seed)
        self._written = Written(Counts(), Counts(), Counts(), 0)

    def write(self, out: Transaction) -> Written:
        """The training channel in as many objects as the job says, every other one in one."""
        shuffle = self._shuffled()
        self._written.shards = len(shuffle.sizes)
        for number, key in enumerate(keys.shards(keys.TRAIN, len(shuffle.sizes))):
            with out.open(key) as stage:
                for chunk in shuffle.shard(number):
                    self._put(stage, Channel.TRAIN, chunk)
        for channel in self._found.tallies:
            if channel is not Channel.TRAIN:
                with out.open(HELD_OUT[channel]) as stage:
                    for chunk in self._rows(channel):
                        self._put(stage, channel, chunk)
        return self._written

    def _rows(self, channel: Channel) -> Iterator[Columns]:
        """The channel's labelled rows of whole users, in the order of their positions."""
        for chunk, channels in self._found.chunks():
            yield from self._labelling.rows(chunk, channels, channel)

    def _shuffled(self) -> Shuffle:
        rows = self._rows(Channel.TRAIN)
        count = self._labelling.count(self._found.tallies[Channel.TRAIN].rows)
        if count is None:  # how many there are shows when they are there
            spool = Spool(self._folder, self._dtypes)
            for chunk in rows:
                spool.append(chunk)
            rows, count = spool.chunks(), len(spool)
        shards = self._found.job.shards_of(count)
        rng = np.random.default_rng(self._found.rule.seed)
        shuffle = Shuffle(self._folder, self._dtypes, rows=count, shards=shards, rng=rng)
        for chunk in rows:
            shuffle.add({name: chunk[name] for name in self._dtypes})
        return shuffle

    def _put(self, stage: Stage, channel: Channel, chunk: Columns) -> None:
        put(stage, self._encoder, chunk, channel, self._written, task=self._found.job.label.task)
        rows = self._written.rows
        self._progress("write", rows.train + rows.validation + rows.test, None)


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
