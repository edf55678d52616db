"""The Spark session of the benchmarks: that of the product, with shuffle settings for one machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyspark
from pyspark.sql import SparkSession

from stageprint.engines.spark.jars import delta_jars
from stageprint.engines.spark.session import get_session

EXECUTOR_MIB: Final = 1536
"""Heap of an executor that is a separate process."""


def bench_session(heap: str = "4g", more: Mapping[str, str] | None = None) -> SparkSession:
    """Return a local session; a running one is reused, whatever its heap and settings."""
    sizes = {"spark.sql.shuffle.partitions": "4", "spark.driver.memory": heap}
    return get_session("stageprint bench", sizes | dict(more or {}))


def stop() -> None:
    """Stop the running session, if any: the next measurement needs its memory or a fresh start."""
    active = SparkSession.getActiveSession()
    if active is not None:
        active.stop()


def compare_session(heap: str, settings: Mapping[str, str], *, apart: Path | None = None) -> SparkSession:
    """Return a session of two cores with a heap of a given size.

    Args:
        heap: Such as ``1g``.
        settings: Further settings.
        apart: Working folder of an executor that is a separate process, as on a cluster; None: the executor runs in
            the driver.
    """
    where = {"spark.master": "local[2]"} if apart is None else _apart(apart)
    sizes = {"spark.sql.shuffle.partitions": "4", "spark.driver.memory": heap}
    return get_session("stageprint bench compare", {**where, **sizes, **settings})


def _apart(folder: Path) -> dict[str, str]:
    """Return the settings of an executor that is a separate process."""
    os.environ["SPARK_HOME"] = str(_home(folder))
    with delta_jars() as jars:
        path = jars.get("spark.driver.extraClassPath", "")
    return {
        "spark.master": f"local-cluster[1,2,{EXECUTOR_MIB}]",
        "spark.executor.memory": f"{EXECUTOR_MIB}m",
        "spark.executor.extraClassPath": path,
    }


def _home(folder: Path) -> Path:
    """Return the folder, like that of pyspark: executors write into it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for entry in Path(pyspark.__file__).parent.iterdir():
        (folder / entry.name).symlink_to(entry)
    return folder
