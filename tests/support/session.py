"""The tests' Spark session."""

from __future__ import annotations

import os

from pyspark.sql import SparkSession

from profiling.spark.session import get_session


def shared_session() -> SparkSession:
    """Return the process's session; the first call starts it."""
    os.environ.setdefault("STAGEPRINT_MASTER", "local[2]")
    return get_session(
        "stageprint tests",
        {
            "spark.sql.shuffle.partitions": "2",
            "spark.driver.memory": "2g",
            # Many short jobs: the second compiler would cost more than it saves (measured: half the time without it).
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        },
    )
