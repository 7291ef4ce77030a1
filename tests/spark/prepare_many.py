"""Prepares many jobs in one Spark session, and prints what came of each: run by the Python that has PySpark.

Argument: a JSON file of a list of {folder, job, part_bytes, into, settings, fails_once}.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from prep.errors import PrepError
from prep.job import PrepareJob
from prep.sinks import FolderSink
from prep.sources import FolderSource
from prep.spark_job import prepare_with_spark
from tests.spark.failing import FailingOnce


def outcome(spark: SparkSession, case: dict[str, Any]) -> dict[str, Any]:
    """{prepared} or {error: [class, message]}, and {seconds}."""
    began = time.monotonic()
    for name, value in case["settings"].items():
        spark.conf.set(name, value)
    into = Path(case["into"])
    sink = FailingOnce(FolderSink(into), case["fails_once"], into.with_name(f"{into.name} failed"))
    source, job = FolderSource(Path(case["folder"])), PrepareJob.from_json(case["job"])
    try:
        prepared = prepare_with_spark(spark, source, job, sink, part_bytes=case["part_bytes"])
    except PrepError as error:
        return {"error": [type(error).__name__, str(error)], "seconds": time.monotonic() - began}
    finally:
        for name in case["settings"]:
            spark.conf.unset(name)
    kept = spark.sparkContext._jsc.getPersistentRDDs().size()
    return {"prepared": prepared.as_dict(), "kept": kept, "seconds": time.monotonic() - began}


def main() -> None:
    settings = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.driver.memory": "1g"}
    # As Glue does it, an attempt may fail three times before its job does.
    builder = SparkSession.builder.master("local[2, 4]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    for case in json.loads(Path(sys.argv[1]).read_text()):
        print(json.dumps(outcome(spark, case)), flush=True)


if __name__ == "__main__":
    main()
