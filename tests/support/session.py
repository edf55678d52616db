"""The tests' Spark session."""

from __future__ import annotations

import os

from pyspark.sql import SparkSession

from stageprint.engines.spark.session import get_session
from tests.support import iceberg


def shared_session() -> SparkSession:
    """Return the process's session; the first call starts it."""
    os.environ.setdefault("STAGEPRINT_MASTER", "local[2]")
    return get_session(
        "stageprint tests",
        {
            "spark.sql.shuffle.partitions": "2",
            "spark.driver.memory": "2g",
            # Many short jobs over few rows: compiling and collecting garbage in parallel cost more than they save
            # (measured: half the time without the JVM's second compiler, and about 0.8 of that without the rest).
            # Commands under spark-submit are tested with what users have.
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            **iceberg.settings(),
        },
    )


def make_active(spark: SparkSession) -> None:
    """Make a session this thread's active one again: ``createDataFrame`` of any other session makes that one active."""
    if SparkSession.getActiveSession() is not spark:
        spark.createDataFrame([], "value int")
