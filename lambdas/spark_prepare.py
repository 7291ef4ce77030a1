"""The script of the Glue job: ratings in the bucket → training channels in the bucket, by Spark."""

from __future__ import annotations

import json
import sys

from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

from lambdas.common.log import bind, log
from lambdas.common.storage import Store, StoreSink, StoreSource
from lambdas.logic.keys import dataset_prefix
from prep.job import PrepareJob
from prep.spark_job import prepare_with_spark

# For speed only: Python gets rows in batches that its buffers are made for, and there is nothing to adapt in a plan
# that says its partitions. The driver merges findings one by one; all of them together may be more than 1 GB.
SETTINGS = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    "spark.sql.adaptive.enabled": "false",
    "spark.driver.maxResultSize": "0",
}


def main() -> None:
    """Arguments: --bucket, --dataset, --preparation (JSON of a PrepareJob), --run (the execution's prefix)."""
    given = getResolvedOptions(sys.argv, ["bucket", "dataset", "preparation", "run"])
    bind(run=given["run"])
    builder = SparkSession.builder.appName("prepare")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    store = Store(given["bucket"])
    source = StoreSource(store, dataset_prefix(given["dataset"]), given["dataset"])
    job = PrepareJob.from_json(json.loads(given["preparation"]))
    prepared = prepare_with_spark(builder.getOrCreate(), source, job, StoreSink(store, given["run"]))
    log("prepared", **prepared.as_dict())


if __name__ == "__main__":
    main()
