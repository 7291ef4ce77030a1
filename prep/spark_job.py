"""The preparation inside Spark, for ratings that one machine should not read alone: the same readers, rules and encoders.

    parts of files ─ survey ─> ids, rejections, row numbers            (each part is read by one task, twice)
    parts of files ─ rows ─> sorted by user ─ divide ─> what each channel has
                                            └ label ─> shards ─ encode ─> staged objects, committed by the driver

What is held out, which pairs count, what is drawn: all is decided by content (prep.hashing), so the records are those of
``prep.prepare``, as a multiset. Only their order differs, and shards are even but for chance: 0.1 % at a million rows.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

from prep import keys
from prep.channels import Channel
from prep.description import read_description
from prep.division import Found, Known, add_later
from prep.encode import row_dtypes
from prep.errors import EmptyFile
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
from prep.sinks import Sink, Transaction
from prep.sources import Source
from prep.spark_rows import (
    PartFindings,
    PartitionFindings,
    Reads,
    Task,
    Writes,
    as_ids,
    labelled,
    partition_findings,
    shuffle_keys,
    to_batch,
    to_columns,
    user_column,
)
from prep.spool import Origins
from prep.survey import Findings, require_several
from prep.write import HELD_OUT, write_documents

PART_BYTES = 64 << 20
_TYPES = {
    "pairs": "long",
    "values": "float",
    "order": "long",
    "times": "long",
    "given": "tinyint",
    "labels": "float",
    "thresholds": "tinyint",
    "user": "long",
    "place": "long",
    "shard": "int",
}
"""Spark's types of the columns that rows travel in."""
Batches = Iterable[pa.RecordBatch]


def prepare_with_spark(
    spark: SparkSession, source: Source, job: PrepareJob, sink: Sink, *, part_bytes: int = PART_BYTES
) -> Prepared:
    """What ``prep.prepare.prepare`` does, by all workers. source, sink: picklable, and good in any process.

    The driver holds the ids, and the training pairs where a job asks for histories. Raises what ``prepare`` raises.
    """
    run = _Run(spark, source, job, part_bytes)
    found, partitions = run.survey()
    space, side = run.space(found, partitions)
    with Transaction(sink) as out:
        written = run.write(found, out, sink, space, side)
        prepared = described(found, space, written, engine="spark")
        write_documents(out, found, space, side, prepared)
        return prepared


class _Run:
    def __init__(self, spark: SparkSession, source: Source, job: PrepareJob, part_bytes: int) -> None:
        self._spark, self._source, self._job = spark, source, job
        self._layout = detect(source, job.input)
        self._rule = resolved_split(job.split, self._layout)
        job.label.check_scale(*job.input.scale)
        self._reads = Reads(source, self._layout, job.input, job.needs_times)
        self._tasks = self._cut(part_bytes)

    def survey(self) -> tuple[Findings, list[PartitionFindings]]:
        """Read twice: for ids, then for rows. Raises every error that there is about the data or the job."""
        catalogue, people = read_items(self._source, self._layout), read_users(self._source, self._layout)
        parts: list[PartFindings] = self._each(self._reads.survey)
        rejections, origins, firsts = _joined(parts)
        rows_read = sum(part.rows for part in parts) + rejections.total
        rejections.check(rows_read, self._job.input.max_rejected)
        if rows_read == rejections.total:
            raise EmptyFile(f"{self._source}: no rating in {', '.join(self._layout.ratings)}")
        users = as_ids(set().union(*(part.users.tolist() for part in parts)))
        known_items = [] if catalogue is None else catalogue.ids.tolist()
        items = as_ids(set().union(known_items, *(part.items.tolist() for part in parts)))
        require_several(users, items, self._source)
        self._known = Known(self._job, self._rule, users, items, origins, self._moments())
        self._labelling = Labelling(self._job.label, n_items=items.size, seed=self._rule.seed)
        self._rows = self._by_user(firsts)
        partitions = self._divide()
        divided = Found.nothing(self._known)
        for partition in partitions:
            divided.merge(partition.found)
        add_later(rejections, divided.rejections)
        rejections.check(rows_read, self._job.input.max_rejected)
        divided.end(self._known)
        found = Findings(
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
        return found, partitions

    def space(self, found: Findings, partitions: list[PartitionFindings]) -> tuple[FeatureSpace, SideData]:
        """As ``prep.write.space_of``, of what the partitions found."""
        times = [partition.times for partition in partitions if partition.times is not None]
        history = None
        if set(self._job.features) & set(HISTORY_KINDS):
            pairs = np.concatenate([partition.pairs for partition in partitions])
            history = History.of(users_of(pairs), items_of(pairs), n_users=found.users.size, n_items=found.items.size)
        return design(
            users=found.users,
            items=found.items,
            blocks=self._job.features,
            catalogue=found.catalogue,
            people=found.people,
            history=history,
            train_times=(min(t[0] for t in times), max(t[1] for t in times)) if times else None,
            thresholds=self._job.label.space_thresholds,
        )

    def write(self, found: Findings, out: Transaction, sink: Sink, space: FeatureSpace, side: SideData) -> Written:
        """Stage every channel: shards of training rows in the order of a hash, held-out rows user by user."""
        names = list(row_dtypes(self._job))
        writes = self._spark.sparkContext.broadcast(Writes(space, side, sink, self._job.label.task))
        train = self._labelled(Channel.TRAIN, names)
        count = self._labelling.count(found.tallies[Channel.TRAIN].rows)
        shards = self._job.shards_of(train.count() if count is None else count)
        objects = keys.shards(keys.TRAIN, shards)
        written = self._write(out, writes, self._sharded(train, names, shards), Channel.TRAIN, objects)
        for channel, key in HELD_OUT.items():
            if channel in found.tallies:
                rows = self._whole(self._labelled(channel, names), names)
                written.merge(self._write(out, writes, rows, channel, [key]))
        written.shards = shards
        return written

    def _cut(self, part_bytes: int) -> list[Task]:
        reader = RatingsReader(self._source, self._layout, self._job.input, with_times=self._job.needs_times)
        tasks: list[Task] = []
        for file, channel in files_of(self._layout, self._rule):
            for part in reader.parts([file], part_bytes):
                tasks.append(Task(len(tasks), part, 0 if channel is None else int(channel)))
        return tasks

    def _each(self, work: Callable[[Task], bytes]) -> list[Any]:
        """What each task's work answers, in the order of the tasks."""
        parts = self._spark.sparkContext.parallelize(self._tasks, len(self._tasks))
        return [pickle.loads(answer) for answer in parts.map(work).collect()]  # noqa: S301 - our own workers' bytes

    def _moments(self) -> Any:
        if not (self._rule.kind == "temporal" and self._rule.per == "all"):
            return None
        times = self._spark.sparkContext.parallelize(self._tasks, len(self._tasks)).map(self._reads.times)
        times.persist(StorageLevel.DISK_ONLY)
        # One part at a time is with the driver.
        found = moments(lambda: (pickle.loads(part) for part in times.toLocalIterator()), self._rule)  # noqa: S301
        times.unpersist()
        return found

    def _by_user(self, firsts: list[int]) -> DataFrame:
        """All rows, each user's in one partition in the order of the files, on the workers' disks."""
        known = self._spark.sparkContext.broadcast((self._known.users, self._known.items))
        reads, names = self._reads, ["pairs", "values", "order"]
        names += ["times"] if self._reads.with_times else []
        names += ["given"] if self._tasks[0].channel else []
        names += ["user"]

        def read(batches: Batches) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for packed in batch.column(0).to_pylist():
                    task, first = pickle.loads(packed)  # noqa: S301 - packed by the driver
                    for columns in reads.rows(task, first, *known.value):
                        yield to_batch(_named(user_column(columns), names))

        packed = [(pickle.dumps((task, first)),) for task, first in zip(self._tasks, firsts, strict=True)]
        tasks = self._spark.sparkContext.parallelize(packed, len(packed)).toDF("task binary")
        rows = tasks.mapInArrow(read, _schema(names))
        by_user = rows.repartition(self._partitions, "user").sortWithinPartitions("user", "order")
        return by_user.persist(StorageLevel.DISK_ONLY)

    @property
    def _partitions(self) -> int:
        """As many as parts were read, but enough for every worker."""
        return max(len(self._tasks), self._spark.sparkContext.defaultParallelism)

    def _divide(self) -> list[PartitionFindings]:
        known = self._spark.sparkContext.broadcast(self._known)
        with_pairs = bool(set(self._job.features) & set(HISTORY_KINDS))

        def divide(batches: Batches) -> Iterator[pa.RecordBatch]:
            found = pickle.dumps(partition_findings(batches, known.value, with_pairs=with_pairs))
            yield pa.RecordBatch.from_pydict({"found": pa.array([found], pa.binary())})

        answers = self._rows.mapInArrow(divide, "found binary").collect()
        return [pickle.loads(answer.found) for answer in answers]  # noqa: S301 - our own workers' bytes

    def _labelled(self, channel: Channel, names: list[str]) -> DataFrame:
        known, labelling = self._spark.sparkContext.broadcast(self._known), self._labelling

        def label(batches: Batches) -> Iterator[pa.RecordBatch]:
            for columns in labelled(batches, known.value, labelling, channel, names):
                yield to_batch(columns)

        return self._rows.mapInArrow(label, _schema(names))

    def _sharded(self, rows: DataFrame, names: list[str], shards: int) -> DataFrame:
        """Every shard in one partition, in the order of a hash."""
        seed, keyed = self._rule.seed, [*names, "place", "shard"]

        def key(batches: Batches) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                yield to_batch(_named(shuffle_keys(to_columns(batch), seed, shards), keyed))

        return rows.mapInArrow(key, _schema(keyed)).repartition(shards, "shard").sortWithinPartitions("shard", "place")

    def _whole(self, rows: DataFrame, names: list[str]) -> DataFrame:
        """One shard, user by user."""
        keyed = [*names, "place", "shard"]

        def key(batches: Batches) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                columns = to_columns(batch)
                size = columns["pairs"].size
                columns |= {"place": users_of(columns["pairs"]), "shard": np.zeros(size, np.int32)}
                yield to_batch(_named(columns, keyed))

        return rows.mapInArrow(key, _schema(keyed)).repartition(1).sortWithinPartitions("place")

    def _write(self, out: Transaction, writes: Any, rows: DataFrame, channel: Channel, objects: list[str]) -> Written:
        def write(batches: Batches) -> Iterator[pa.RecordBatch]:
            answer = pickle.dumps(writes.value.write(batches, channel, objects))
            yield pa.RecordBatch.from_pydict({"staged": pa.array([answer], pa.binary())})

        total, present = Written(Counts(), Counts(), Counts(), 0), set()
        for row in rows.mapInArrow(write, "staged binary").collect():
            staged, written = pickle.loads(row.staged)  # noqa: S301 - our own workers' bytes
            out.adopt(staged)
            total.merge(written)
            present |= {result.key for result in staged}
        for key in objects:
            if key not in present:  # chance left it without a row
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


def _named(columns: dict[str, NDArray[Any]], names: list[str]) -> dict[str, NDArray[Any]]:
    return {name: columns[name] for name in names}


def _schema(names: list[str]) -> str:
    return ", ".join(f"{name} {_TYPES[name]}" for name in names)
