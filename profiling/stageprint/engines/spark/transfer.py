"""How rows cross from Spark to Python on the general path: settings of its jobs, and who makes the Arrow batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from stageprint.engines.spark.compat import BYTES_PER_ARROW_BATCH, MAX_ROWS_PER_ARROW_BATCH, ROWS_PER_ARROW_BATCH

_COMET_PLUGIN: Final = "org.apache.spark.CometPlugin"
_COMET_SWITCHES: Final = (
    ("spark.comet.enabled", "true"),
    ("spark.comet.exec.enabled", "true"),
    ("spark.comet.exec.pyarrowUDF.enabled", "false"),
)
"""Settings that must all be true for Comet to hand its columns to Python, with what each is where it is not set."""


@dataclass
class _Held:
    """What a session had before the first of the jobs that run now.

    Attributes:
        jobs: How many run.
        before: Setting → its value before; None: it was not set.
    """

    jobs: int = 0
    before: dict[str, str | None] = field(default_factory=dict)


_HELD: Final[dict[int, _Held]] = {}
_LOCK: Final = Lock()


@contextmanager
def arrow_batches(spark: SparkSession) -> Iterator[None]:
    """Let jobs that send rows to Python send them in batches of the size that costs least; then restore the session.

    Since Spark 4.0 a batch is also limited in bytes (64 MB), for which Spark adds up the sizes of all columns after
    each row: a third of the whole transfer. Here batches have few rows instead, which bounds their bytes as well:
    64 MB at a mean of 16 KB a row. Python joins them again.

    What a session sets itself is kept: a smaller number of rows, and any limit in bytes. A session that lets nobody
    change these settings is used as it is.
    """
    with _LOCK:
        held = _HELD.setdefault(id(spark), _Held())
        if not held.jobs:
            held.before = _changed(spark)
        held.jobs += 1
    try:
        yield
    finally:
        with _LOCK:
            held.jobs -= 1
            if not held.jobs:
                del _HELD[id(spark)]
                for name, value in held.before.items():
                    _set(spark, name, value)


def columnar_exchange(spark: SparkSession) -> str | None:
    """Return who hands columns to Python without making rows of them, as the session's settings say; None: nobody.

    Apache DataFusion Comet does so for `mapInArrow` where its plugin is there and three settings are on. Whether it
    takes a certain query is its own decision, which settings do not tell.
    """
    if _COMET_PLUGIN not in (_value(spark, "spark.plugins") or ""):
        return None
    on = all((_value(spark, name) or default).lower() == "true" for name, default in _COMET_SWITCHES)
    return "Apache Comet" if on else None


def with_exchange(reason: str, spark: SparkSession) -> str:
    """Return why a table takes the general path, with who makes its Arrow batches if that is not Spark."""
    name = columnar_exchange(spark)
    return reason if name is None else f"{reason}; {name} is set to hand columns to Python without making rows"


def _changed(spark: SparkSession) -> dict[str, str | None]:
    """Set what is to be set, and return what it was before."""
    before = {}
    rows = _value(spark, ROWS_PER_ARROW_BATCH)
    if rows is None or not rows.isdigit() or int(rows) == 0 or int(rows) > MAX_ROWS_PER_ARROW_BATCH:
        # An unlimited number of bytes needs the limit in rows: the one is set only where the other could be.
        if not _set(spark, ROWS_PER_ARROW_BATCH, str(MAX_ROWS_PER_ARROW_BATCH)):
            return {}
        before[ROWS_PER_ARROW_BATCH] = rows
    if BYTES_PER_ARROW_BATCH is not None:
        name, unlimited = BYTES_PER_ARROW_BATCH
        if _value(spark, name) is None and _set(spark, name, unlimited):
            before[name] = None
    return before


def _value(spark: SparkSession, name: str) -> str | None:
    """Return what a session sets; None: it leaves the setting at Spark's default, or does not tell."""
    with suppress(PySparkException, Py4JError):
        return spark.conf.get(name, None)
    return None


def _set(spark: SparkSession, name: str, value: str | None) -> bool:
    with suppress(PySparkException, Py4JError):
        if value is None:
            spark.conf.unset(name)
        else:
            spark.conf.set(name, value)
        return True
    return False
