"""The preparation inside Spark, for ratings that one machine should not read alone: the same readers, rules, encoders.

    parts of files ─ survey ─> ids, rejections, row numbers            (each part is read by one task, twice)
    parts of files ─ rows ─> sorted by user ─ divide ─> what each channel has
                                            └ label ─> shards ─ encode ─> staged objects, committed by the driver

What is held out, which pairs count, what is drawn: all is decided by content (prep.hashing), so the records are those
of ``prep.prepare``, as a multiset. Only their order differs, and shards are even but for chance: 0.1 % at a million
rows. A task may be tried again, or twice at a time: another attempt makes the same rows, and one answer of each
partition is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from pyspark import Broadcast
from pyspark.sql import DataFrame, SparkSession

from prep import keys
from prep.channels import Channel
from prep.description import read_description
from prep.division import Found, Known, add_later
from prep.errors import DuplicateRating, EmptyFile
from prep.feature_space import FeatureSpace
from prep.features.blocks import HISTORY_KINDS
from prep.features.design import design
from prep.features.history import History
from prep.features.side_data import SideData
from prep.hashing import items_of, users_of
from prep.inputs import RatingsReader, Rejections, detect, read_items, read_users
from prep.job import PrepareJob
from prep.labelling import Labelling
from prep.moments import moments
from prep.reading import files_of, resolved_split
from prep.result import Counts, Prepared, Written, described
from prep.row_columns import row_dtypes
from prep.sinks import Sink, Transaction
from prep.sources import Source
from prep.spark_batches import Batches
from prep.spark_frames import Frames
from prep.spark_rows import (
    PLACES,
    PartFindings,
    PartitionFindings,
    Reads,
    Task,
    Writes,
    as_ids,
    by_user,
    labelled,
    partition_findings,
    shuffled,
)
from prep.split import Moments
from prep.spool import Columns, Origins
from prep.survey import Findings, require_several
from prep.write import HELD_OUT, check_drawn, write_documents

PART_BYTES = 64 << 20


def prepare_with_spark(
    spark: SparkSession, source: Source, job: PrepareJob, sink: Sink, *, part_bytes: int = PART_BYTES
) -> Prepared:
    """What ``prep.prepare.prepare`` does, by all workers.

    source, sink: picklable, and good in any process. Where Spark tries a task again, what two attempts stage must not
    be one: so it is with uploads to a bucket; a FolderSink is for Spark on one machine. The driver holds the ids, and
    the training pairs where a job asks for histories. Raises what ``prepare`` raises.
    """
    with Frames(spark) as frames:
        run = _Run(frames, source, job, part_bytes)
        found = run.survey()
        space, side = run.space(found)
        with Transaction(sink) as out:
            written = run.write(found, out, sink, space, side)
            prepared = described(found, space, written, engine="spark")
            write_documents(out, found, space, side, prepared)
            return prepared


class _Run:
    """First ``survey``, then ``space``, then ``write``."""

    def __init__(self, frames: Frames, source: Source, job: PrepareJob, part_bytes: int) -> None:
        self._frames, self._source, self._job = frames, source, job
        self._layout = detect(source, job.input)
        self._rule = resolved_split(job, self._layout)
        job.label.check_scale(*job.input.scale)
        self._reads = Reads(source, self._layout, job.input, job.needs_times, self._rule.kind == "given")
        self._tasks = self._cut(part_bytes)

    def survey(self) -> Findings:
        """Read twice: for ids, then for rows. Raises every error that there is about the data or the job."""
        catalogue, people = read_items(self._source, self._layout), read_users(self._source, self._layout)
        parts: list[PartFindings] = list(self._frames.each(self._tasks, self._reads.survey))
        rejections, origins, firsts = _joined(parts)
        rows_read = self._checked_rows(parts, rejections)
        users = as_ids(set().union(*(part.users.tolist() for part in parts)))
        known_items = [] if catalogue is None else catalogue.ids.tolist()
        items = as_ids(set().union(known_items, *(part.items.tolist() for part in parts)))
        require_several(users, items, self._source)
        known = Known(self._job, self._rule, users, items, origins, self._moments())
        self._known = self._frames.shared(known)
        self._labelling = Labelling(self._job.label, n_items=items.size, seed=self._rule.seed)
        self._rows = self._frames.rows_by_user(self._tasks, firsts, self._reads, (users, items))
        divided = self._divide(known)
        add_later(rejections, divided.rejections)
        rejections.check(rows_read, self._job.input.max_rejected)
        divided.end(known)
        return Findings(
            job=self._job,
            rule=self._rule,
            layout=self._layout,
            description=read_description(self._source),
            users=users,
            items=items,
            catalogue=catalogue,
            people=people,
            tallies=divided.tallies,
            rejections=rejections,
            cold_rows=divided.cold_rows,
        )

    def space(self, found: Findings) -> tuple[FeatureSpace, SideData]:
        """As ``prep.write.space_of``, of what the partitions found."""
        history = None
        if self._has_history:
            users, items = users_of(self._pairs), items_of(self._pairs)
            history = History.of(users, items, n_users=found.users.size, n_items=found.items.size)
        earliest, latest = zip(*self._times, strict=True) if self._times else ((), ())
        return design(
            users=found.users,
            items=found.items,
            blocks=self._job.features,
            catalogue=found.catalogue,
            people=found.people,
            history=history,
            train_times=(min(earliest), max(latest)) if self._times else None,
            thresholds=self._job.label.space_thresholds,
        )

    def write(self, found: Findings, out: Transaction, sink: Sink, space: FeatureSpace, side: SideData) -> Written:
        """Stage every channel: shards of training rows in the order of a hash, held-out rows user by user."""
        names, seed = list(row_dtypes(self._job)), self._rule.seed
        writes = self._frames.shared(Writes(space, side, sink, self._job.label.task))
        count = self._labelling.count(found.tallies[Channel.TRAIN].rows)
        shards = self._job.shards_of(self._labelled(Channel.TRAIN, names).count() if count is None else count)
        train = self._labelled(Channel.TRAIN, [*names, *PLACES], lambda columns: shuffled(columns, seed, shards))
        train = train.repartition(shards, "shard").sortWithinPartitions("shard", "place")
        written = _staged(self._frames, out, writes, train, Channel.TRAIN, keys.shards(keys.TRAIN, shards))
        for channel, key in HELD_OUT.items():
            if channel in found.tallies:
                rows = self._labelled(channel, [*names, *PLACES], by_user)
                rows = rows.repartition(1).sortWithinPartitions("place")
                written.merge(_staged(self._frames, out, writes, rows, channel, [key]))
        written.shards = shards
        check_drawn(found, written)
        return written

    @property
    def _has_history(self) -> bool:
        return bool(set(self._job.features) & set(HISTORY_KINDS))

    def _cut(self, part_bytes: int) -> list[Task]:
        reader = RatingsReader(self._source, self._layout, self._job.input, with_times=self._job.needs_times)
        tasks: list[Task] = []
        for file, channel in files_of(self._layout, self._rule):
            for part in reader.parts([file], part_bytes):
                tasks.append(Task(len(tasks), part, 0 if channel is None else int(channel)))
        return tasks

    def _checked_rows(self, parts: list[PartFindings], rejections: Rejections) -> int:
        """How many rows were read, rejected ones among them."""
        rows = sum(part.rows for part in parts)
        rejections.check(rows + rejections.total, self._job.input.max_rejected)
        if not rows:
            files = ", ".join(file for file, _ in files_of(self._layout, self._rule))
            raise EmptyFile(f"{self._source}: no rating in {files}")
        return rows + rejections.total

    def _moments(self) -> Moments | None:
        if not (self._rule.kind == "temporal" and self._rule.per == "all"):
            return None
        return moments(self._frames.kept(self._tasks, self._reads.times), self._rule)

    def _divide(self, known: Known) -> Found:
        shared, with_pairs = self._known, self._has_history

        def divide(batches: Batches) -> PartitionFindings:
            return partition_findings(batches, shared.value, with_pairs=with_pairs)

        found, pairs, refused = Found.nothing(known), [np.empty(0, np.uint64)], list[tuple[int, DuplicateRating]]()
        self._times: list[tuple[int, int]] = []
        for partition in self._frames.ask(self._rows, divide):
            found.merge(partition.found)
            pairs.append(partition.pairs)
            self._times += [] if partition.times is None else [partition.times]
            refused += [] if partition.refused is None else [partition.refused]
        if refused:
            raise min(refused, key=lambda user: user[0])[1]
        self._pairs = np.concatenate(pairs)
        return found

    def _labelled(
        self, channel: Channel, names: list[str], place: Callable[[Columns], Columns] = lambda columns: columns
    ) -> DataFrame:
        known, labelling = self._known, self._labelling

        def label(batches: Batches) -> Iterator[Columns]:
            return map(place, labelled(batches, known.value, labelling, channel))

        return self._frames.mapped(self._rows, label, names)


def _staged(
    frames: Frames, out: Transaction, writes: Broadcast[Writes], rows: DataFrame, channel: Channel, objects: list[str]
) -> Written:
    """Have the rows, sorted by shard, written to the objects of their shards."""
    total, empty = Written(Counts(), Counts(), Counts(), 0), set(objects)
    for staged, written in frames.ask(rows, lambda batches: writes.value.write(batches, channel, objects)):
        out.adopt(staged)
        total.merge(written)
        empty -= {result.key for result in staged}
    for key in objects:
        if key in empty:  # chance left it without a row
            out.write(key, b"")
    return total


def _joined(parts: list[PartFindings]) -> tuple[Rejections, Origins, list[int]]:
    """Rejections with the lines of whole files, where each row came from, and the first row of each part."""
    rejections, origins, firsts, rows = Rejections(), Origins(), [], 0
    for part in parts:
        for first, file, lines in part.blocks:
            moved = replace(lines, first=lines.first + rejections.lines.get(file, 0))
            origins.add(rows + first, file, moved)
        rejections.merge(part.rejections)
        firsts.append(rows)
        rows += part.rows
    return rejections, origins, firsts
