"""The second pass: surveyed rows → labelled, shuffled, encoded channels in a transaction."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
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
    """One pass deals training rows to the shuffle and lays held-out rows aside; then each channel is written."""

    def __init__(self, found: Survey, space: FeatureSpace, side: SideData, folder: Path, progress: Progress) -> None:
        self._found, self._folder, self._progress = found, folder, progress
        self._encoder: RowEncoder = row_encoder(space, side)
        self._dtypes = row_dtypes(space)
        self._labelling = Labelling(found.job.label, n_items=len(space.items), seed=found.rule.seed)
        self._written = Written(Counts(), Counts(), Counts(), 0)

    def write(self, out: Transaction) -> Written:
        """The training channel in as many objects as the job says, every other one in one."""
        aside = {channel: Spool(self._folder, self._dtypes) for channel in self._found.tallies}
        shuffle = self._dealt(aside)
        self._written.shards = len(shuffle.sizes)
        for number, key in enumerate(keys.shards(keys.TRAIN, len(shuffle.sizes))):
            self._write(out, key, Channel.TRAIN, shuffle.shard(number))
        for channel, key in HELD_OUT.items():
            if channel in aside:
                self._write(out, key, channel, aside[channel].chunks())
        return self._written

    def _dealt(self, aside: Mapping[Channel, Spool]) -> Shuffle:
        """All training rows in a shuffle, and all held-out ones aside: of whole users, in the order of positions."""
        count = self._labelling.count(self._found.tallies[Channel.TRAIN].rows)
        shuffle = None if count is None else self._shuffle(count)
        for chunk, channels in self._found.chunks():
            for channel, spool in aside.items():
                for rows in self._labelling.rows(chunk, channels, channel):
                    if channel is Channel.TRAIN and shuffle is not None:
                        shuffle.add({name: rows[name] for name in self._dtypes})
                    else:
                        spool.append(rows)
        if shuffle is None:  # how many there are shows when they are there
            shuffle = self._shuffle(len(aside[Channel.TRAIN]))
            for rows in aside[Channel.TRAIN].chunks():
                shuffle.add(rows)
            aside[Channel.TRAIN].drop()
        return shuffle

    def _shuffle(self, rows: int) -> Shuffle:
        shards, rng = self._found.job.shards_of(rows), np.random.default_rng(self._found.rule.seed)
        return Shuffle(self._folder, self._dtypes, rows=rows, shards=shards, rng=rng)

    def _write(self, out: Transaction, key: str, channel: Channel, chunks: Iterable[Columns]) -> None:
        with out.open(key) as stage:
            for chunk in chunks:
                self._put(stage, channel, chunk)

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
