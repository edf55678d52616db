"""Which errors say that another writer committed to a Delta table first."""

from __future__ import annotations

from contextlib import suppress

from pyspark.sql import SparkSession

from stageprint.engines.spark.jvm import is_classic

CONFLICTS: tuple[type[Exception], ...] = ()
with suppress(ImportError):  # a Spark without Delta, with which `open_store` opens no store
    from delta import exceptions

    CONFLICTS = (
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
    if not is_classic(spark):
        with suppress(ImportError):  # a Delta from before 4.0, or none, knows no Spark Connect
            import delta.connect.exceptions  # noqa: F401, PLC0415 -- it needs gRPC, which other sessions need not have
