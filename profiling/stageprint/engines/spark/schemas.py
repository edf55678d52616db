"""The columns of sources that only Spark reads, as its analyser tells them."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import SparkSession

from stageprint.config.sources import PROFILES, Source
from stageprint.config.tables import TableConfig
from stageprint.engines.local.schemas import LocalSchemas
from stageprint.engines.spark.compat import to_arrow
from stageprint.engines.spark.patterns import list_tables
from stageprint.engines.spark.sources import open_source
from stageprint.pipeline.validate import SourceSchema


class SparkSchemas:
    """Says what columns sources have; see `stageprint.pipeline.validate.SchemaReader`.

    Args:
        spark: The session.
        local: Tells those of files, and which run is the newest.
    """

    def __init__(self, spark: SparkSession, local: LocalSchemas) -> None:
        self._spark = spark
        self._local = local

    def tables_of(self, source: Source) -> tuple[str, Sequence[str]]:
        """Return the newest run that has tables of a pattern, and what its ``*`` stands for in each of them."""
        if source.path is not None:
            return self._local.tables_of(source)
        run = self._local.newest_run
        return run, list_tables(self._spark, source, run)

    def schema(self, table: TableConfig) -> SourceSchema | str:
        """Return the columns of a table, or why they cannot be told."""
        found = self._local.schema(table)
        if not isinstance(found, str) or table.source.format == PROFILES:
            return found
        frame = open_source(self._spark, table.source, self._local.newest_run, table.columns.sensitive).frame
        # Of no rows, which Spark's optimiser knows without a scan.
        return SourceSchema(to_arrow(frame.limit(0)).schema)
