"""The Glue context: Spark's own SQL context under Glue's name. Dynamic frames and the Data Catalog are not there."""

from __future__ import annotations

import warnings
from typing import Any

from pyspark.context import SparkContext
from pyspark.sql import SparkSession, SQLContext


class GlueContext(SQLContext):
    """`GlueContext(SparkContext.getOrCreate()).spark_session`."""

    def __init__(self, sparkContext: SparkContext, **options: Any) -> None:  # noqa: N803 - Glue's name
        if options:
            raise TypeError(f"awsglue.context.GlueContext: {', '.join(options)} not emulated")
        session = SparkSession(sparkContext)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # SQLContext is old; Glue's context is one all the same
            super().__init__(sparkContext, session)
        self.spark_session = session

    def get_logger(self) -> Any:
        """Spark's log, which goes to the run's error stream."""
        return self.spark_session.sparkContext._jvm.org.apache.log4j.LogManager.getLogger("GlueLogger")

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"awsglue.context.GlueContext.{name} is not emulated")
