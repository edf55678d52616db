"""The session of the benchmarks: as the product builds it, with a shuffle that fits one machine."""

from __future__ import annotations

from pyspark.sql import SparkSession

from profiling.spark.session import get_session


def bench_session() -> SparkSession:
    """Return a local session; the one that is running, if there is one."""
    return get_session("stageprint bench", {"spark.sql.shuffle.partitions": "4", "spark.driver.memory": "4g"})


def stop() -> None:
    """Stop the session that is running, if there is one: what comes next needs the memory, or a fresh start."""
    active = SparkSession.getActiveSession()
    if active is not None:
        active.stop()
