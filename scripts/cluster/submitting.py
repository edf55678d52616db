"""How a job is submitted so that executors run the packed environment: words and variables of ``spark-submit``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from scripts.cluster.standalone import SPARK_HOME

UNPACKED_AS: Final = "environment"
"""Folder, below an executor's own, into which Spark unpacks the archive."""

CONF: Final[Mapping[str, str]] = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    # For small result tables; a real cluster keeps its own.
    "spark.sql.shuffle.partitions": "2",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}


def submit_command(
    master: str, job: Path, *arguments: str, archive: Path | None, jars: Sequence[str], conf: Mapping[str, str]
) -> list[str]:
    """Return the command.

    Args:
        master: The cluster's address.
        job: The Python file.
        arguments: What the job is given.
        archive: The packed environment; None: executors take the Python that `submit_environment` names.
        jars: Jars of Delta, which a cluster without Delta is given.
        conf: Settings beside `CONF`.
    """
    settings = {**CONF, **conf}
    packed = ["--archives", f"{archive}#{UNPACKED_AS}"] if archive is not None else []
    return [
        str(SPARK_HOME / "bin" / "spark-submit"),
        *("--master", master),
        *packed,
        *(["--jars", ",".join(jars)] if jars else []),
        *(word for name, value in settings.items() for word in ("--conf", f"{name}={value}")),
        str(job),
        *arguments,
    ]


def submit_environment(driver: Path, *, executors: str = f"./{UNPACKED_AS}/bin/python") -> dict[str, str]:
    """Return the environment of ``spark-submit``.

    Args:
        driver: The driver's interpreter: that of the unpacked archive.
        executors: The executors' interpreter, seen from an executor's own folder.
    """
    unwanted = ("PYSPARK_", "SPARK_", "PYTHON", "VIRTUAL_ENV", "STAGEPRINT_")
    own = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {
        **own,
        "PYSPARK_DRIVER_PYTHON": str(driver),
        "PYSPARK_PYTHON": executors,
        "SPARK_HOME": str(SPARK_HOME),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
