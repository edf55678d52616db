"""Which errors say that another writer committed to a Delta table first."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from delta import exceptions
from pyspark.sql import SparkSession

CONFLICTS: Final[tuple[type[Exception], ...]] = (
    exceptions.DeltaConcurrentModificationException,
    exceptions.ConcurrentAppendException,
    exceptions.ConcurrentDeleteDeleteException,
    exceptions.ConcurrentDeleteReadException,
    exceptions.ConcurrentTransactionException,
    exceptions.ConcurrentWriteException,
    exceptions.MetadataChangedException,
    exceptions.ProtocolChangedException,
)
"""All of them: in Python the others do not derive from the first, as they do in the JVM (delta-spark 4.4)."""


def recognise_conflicts(spark: SparkSession) -> None:
    """Let errors of a Spark Connect server be of `CONFLICTS` too; without this they are of a class for all errors."""
    if getattr(spark, "_jvm", None) is None:
        with suppress(ImportError):  # a Delta from before 4.0 knows no Spark Connect
            import delta.connect.exceptions  # noqa: F401, PLC0415 -- it needs gRPC, which other sessions need not have
