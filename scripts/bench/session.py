"""The session of the benchmarks: as the product builds it, with a shuffle that fits one machine."""

from __future__ import annotations

from collections.abc import Mapping

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


def compare_session(heap: str, settings: Mapping[str, str]) -> SparkSession:
    """Return a local session of two cores with a heap of a given size.

    Args:
        heap: Such as ``1g``.
        settings: Further settings.
    """
    local = {"spark.master": "local[2]", "spark.sql.shuffle.partitions": "4", "spark.driver.memory": heap}
    return get_session("stageprint bench compare", {**local, **settings})
