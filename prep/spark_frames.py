"""What a preparation asks of Spark: work on parts, rows by user, rows by shard, answers in the order of partitions."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import pyarrow as pa
from numpy.typing import NDArray
from py4j.protocol import Py4JJavaError
from pyspark import Broadcast, StorageLevel
from pyspark.errors import PythonException
from pyspark.sql import DataFrame, SparkSession

from prep.spark_batches import Batches, answer, answered, schema, to_batch
from prep.spark_rows import Reads, Task, user_column
from prep.spool import Columns


class WorkerFailed(RuntimeError):
    """A task failed at every attempt, and not for its data. The message is the worker's own error, in one line."""


class Frames:
    """A block's use of Spark: what is kept on the workers' disks meanwhile goes when the block ends."""

    def __init__(self, spark: SparkSession) -> None:
        self._context = spark.sparkContext
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """Raises WorkerFailed for what Spark says in pages."""
        self._held.close()
        if isinstance(error, (PythonException, Py4JJavaError)) and (said := _last_error(str(error))):
            raise WorkerFailed(said) from error

    def each(self, tasks: Sequence[Task], work: Callable[[Task], bytes]) -> Iterator[Any]:
        """What each task's work answers, in the order of the tasks. Raises the PrepError of the first that has one."""
        for packed in self._context.parallelize(tasks, max(1, len(tasks))).map(work).collect():
            yield answered(packed)

    def kept(self, tasks: Sequence[Task], work: Callable[[Task], bytes]) -> Callable[[], Iterator[Any]]:
        """The same as often as it is called, of which one answer at a time is with the driver."""
        parts = self._context.parallelize(tasks, max(1, len(tasks))).map(work).persist(StorageLevel.DISK_ONLY)
        self._held.callback(parts.unpersist)
        parts.count()  # all at once: they are asked for one after the other
        return lambda: (answered(part) for part in parts.toLocalIterator())

    def shared(self, value: object) -> Broadcast[Any]:
        """A value that every worker gets once."""
        broadcast = self._context.broadcast(value)
        self._held.callback(broadcast.destroy)
        return broadcast

    def rows_by_user(
        self, tasks: Sequence[Task], firsts: list[int], reads: Reads, ids: tuple[NDArray[Any], NDArray[Any]]
    ) -> DataFrame:
        """All rows, each user's in one partition in the order of the files, on the workers' disks.

        firsts: the number of each task's first row. ids: of users and of items.
        """
        known, names = self.shared(ids), [*reads.names, "user"]

        def read(batches: Batches) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for packed in batch.column(0).to_pylist():
                    task, first = pickle.loads(packed)  # noqa: S301 - packed by the driver
                    for columns in reads.rows(task, first, *known.value):
                        yield to_batch(user_column(columns), names)

        packed = [(pickle.dumps((task, first)),) for task, first in zip(tasks, firsts, strict=True)]
        rows = self._context.parallelize(packed, len(packed)).toDF("task binary").mapInArrow(read, schema(names))
        partitions = max(len(tasks), self._context.defaultParallelism)
        laid_out = rows.repartition(partitions, "user").sortWithinPartitions("user", "order")
        laid_out = laid_out.persist(StorageLevel.DISK_ONLY)
        self._held.callback(laid_out.unpersist)
        return laid_out

    def mapped(self, rows: DataFrame, work: Callable[[Batches], Iterator[Columns]], names: list[str]) -> DataFrame:
        """Those columns of what the work makes of each partition."""

        def pack(batches: Batches) -> Iterator[pa.RecordBatch]:
            for columns in work(batches):
                yield to_batch(columns, names)

        return rows.mapInArrow(pack, schema(names))

    def ask(self, rows: DataFrame, question: Callable[[Batches], Any]) -> Iterator[Any]:
        """What each partition answers, in their order. Raises the PrepError of the first that has one."""

        def pack(batches: Batches) -> Iterator[pa.RecordBatch]:
            packed = answer(lambda: question(batches))
            yield pa.RecordBatch.from_pydict({"answer": pa.array([packed], pa.binary())})

        for row in rows.mapInArrow(pack, "answer binary").collect():
            yield answered(row.answer)


def _last_error(text: str) -> str:
    """The line below the last traceback; empty where there is none."""
    lines = text.rpartition("Traceback (most recent call last):")[2].splitlines()
    return next((line for line in lines if line.strip() and not line[0].isspace()), "") if len(lines) > 1 else ""
