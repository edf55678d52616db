"""How rows cross from Spark to Python on the general path: settings of its jobs, and who makes the Arrow batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pyspark.sql import SparkSession

from stageprint.engines.spark.compat import BYTES_PER_ARROW_BATCH, MAX_ROWS_PER_ARROW_BATCH, ROWS_PER_ARROW_BATCH
from stageprint.engines.spark.held_settings import Before, held, set_value, value_of

_COMET_PLUGIN: Final = "org.apache.spark.CometPlugin"
_COMET_SWITCHES: Final = (
    ("spark.comet.enabled", "true"),
    ("spark.comet.exec.enabled", "true"),
    ("spark.comet.exec.pyarrowUDF.enabled", "false"),
)
"""Settings that must all be true for Comet to hand its columns to Python, with what each is where it is not set."""


@contextmanager
def arrow_batches(spark: SparkSession) -> Iterator[None]:
    """Let jobs that send rows to Python send them in batches of the size that costs least; then restore the session.

    Since Spark 4.0 a batch is also limited in bytes (64 MB), for which Spark adds up the sizes of all columns after
    each row: a third of the whole transfer. Here batches have few rows instead, which bounds their bytes as well:
    64 MB at a mean of 16 KB a row. Python joins them again.

    What a session sets itself is kept: a smaller number of rows, and any limit in bytes. A session that lets nobody
    change these settings is used as it is.
    """
    with held(spark, _changed):
        yield


def columnar_exchange(spark: SparkSession) -> str | None:
    """Return who hands columns to Python without making rows of them, as the session's settings say; None: nobody.

    Apache DataFusion Comet does so for `mapInArrow` where its plugin is there and three settings are on. Whether it
    takes a certain query is its own decision, which settings do not tell.
    """
    if _COMET_PLUGIN not in (value_of(spark, "spark.plugins") or ""):
        return None
    on = all((value_of(spark, name) or default).lower() == "true" for name, default in _COMET_SWITCHES)
    return "Apache Comet" if on else None


def with_exchange(reason: str, spark: SparkSession) -> str:
    """Return why a table takes the general path, with who makes its Arrow batches if that is not Spark."""
    name = columnar_exchange(spark)
    return reason if name is None else f"{reason}; {name} is set to hand columns to Python without making rows"


def _changed(spark: SparkSession) -> Before:
    """Set what is to be set, and return what it was before."""
    before: Before = {}
    rows = value_of(spark, ROWS_PER_ARROW_BATCH)
    if rows is None or not rows.isdigit() or int(rows) == 0 or int(rows) > MAX_ROWS_PER_ARROW_BATCH:
        # An unlimited number of bytes needs the limit in rows: the one is set only where the other could be.
        if not set_value(spark, ROWS_PER_ARROW_BATCH, str(MAX_ROWS_PER_ARROW_BATCH)):
            return {}
        before[ROWS_PER_ARROW_BATCH] = rows
    if BYTES_PER_ARROW_BATCH is not None:
        name, unlimited = BYTES_PER_ARROW_BATCH
        if value_of(spark, name) is None and set_value(spark, name, unlimited):
            before[name] = None
    return before
