"""A store in Delta tables that Spark reads and writes: below a path, or in a schema of a catalog."""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.spark import files
from stageprint.engines.spark.compat import arrow_frame, dates_of_any_year, has_delta, to_arrow
from stageprint.engines.spark.errors import reading, spark_reason
from stageprint.engines.spark.frames import SparkRows
from stageprint.engines.spark.jars import delta_version
from stageprint.engines.spark.session import get_session
from stageprint.engines.spark.versions import why_no_delta
from stageprint.errors import StoreError
from stageprint.model.result_tables import ResultTable
from stageprint.model.spark_sql import text_literal
from stageprint.model.where import EVERY_ROW, Where
from stageprint.pipeline.tables import all_tables
from stageprint.ports import RowParts, RowSource
from stageprint.redact import redacted
from stageprint.stores.locations import is_in_catalog
from stageprint.stores.locks import commit_lock
from stageprint.stores.missing_tables import create_missing
from stageprint.stores.rows import read_schema
from stageprint.stores.spark.conditions import to_sql
from stageprint.stores.spark.conflicts import CONFLICTS, recognise_conflicts
from stageprint.stores.spark.schemas import spark_schema
from stageprint.stores.spark.views import create_views, view_statements

_MAX_COMMIT_ATTEMPTS: Final = 12
_MAX_WAIT_SECONDS: Final = 10.0
_NO_TABLE: Final = re.compile("there is no Delta table|there is nothing at this path")


class NoDeltaError(StoreError):
    """The session cannot read and write Delta tables."""


@dataclass(frozen=True)
class SparkStore:
    """The result tables of one pipeline in Delta.

    Attributes:
        spark: Session that reads and writes them.
        location: A path, or ``catalog.schema``.
        pipeline: Pipeline whose rows are read and replaced.
    """

    spark: SparkSession
    location: str
    pipeline: str

    @property
    def path(self) -> str | None:
        """The path of the store, or None for a schema of a catalog."""
        return None if is_in_catalog(self.location) else self.location

    def identifier(self, table: ResultTable) -> str:
        """Return the table's name in SQL: ``delta.`path` `` or ``catalog.schema.table``."""
        if self.path is None:
            return f"{self.location}.{table.name}"
        return files.delta_identifier(self.spark, self._table_path(table))

    def exists(self, table: ResultTable) -> bool:
        """Tell whether the table was ever written."""
        if self.path is None:
            return self.spark.catalog.tableExists(self.identifier(table))
        try:
            # Spark Connect does not look for the table before its schema is needed.
            return bool(self.spark.read.format("delta").load(self._table_path(table)).schema)
        except Exception as error:
            reason = spark_reason(error)
            if _NO_TABLE.search(reason.text):
                return False
            # A table that cannot be looked at is not a table without rows.
            message = f"{self._table_path(table)} cannot be read: {reason}"
            raise StoreError(message) from error

    def read(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> pa.Table:
        """Return rows of a table; see `stageprint.ports.ProfileStore.read`."""
        what = f"{self._shown(table)} cannot be read"
        found = reading(what, StoreError, lambda: to_arrow(self.frame(table, rows, columns)))
        return found.cast(read_schema(table, columns))

    def frame(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> DataFrame:
        """Return rows of a table as a frame; the arguments are those of `read`."""
        if not self.exists(table):
            frame = self.spark.createDataFrame([], spark_schema(self.spark, table))
        else:
            frame = self.spark.table(self.identifier(table)).where(F.col("pipeline") == self.pipeline)
            # A column that an earlier release did not write is null.
            missing = [column for column in table.columns if column.name not in frame.columns]
            if missing:  # Spark Connect takes no empty mapping
                frame = frame.withColumns({column.name: F.lit(None).cast(column.sql_type) for column in missing})
        if rows != EVERY_ROW:
            frame = frame.where(F.expr(to_sql(rows)))
        names = [column.name for column in table.columns] if columns is None else columns
        return frame.select([F.col(name).alias(name.replace(".", "_")) for name in names])

    def replace(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table], which: Where) -> None:
        """Replace rows in one commit; see `stageprint.ports.ProfileStore.replace`."""
        condition = self._condition(which)
        self.commit(table, lambda: self._write(table, self._frame_of(table, rows), condition))

    def append(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        """Add rows in one commit; see `stageprint.ports.ProfileStore.append`."""
        if isinstance(rows, pa.Table) and not rows.num_rows and self.exists(table):
            return
        attempts = itertools.count()

        def write() -> None:
            again = next(attempts) > 0
            self._write(table, self._frame_of(table, rows), self._condition(which) if again else None)

        self.commit(table, write)

    def create_views(self) -> list[str]:
        """Create the SQL views: in the schema of a catalog, as temporary views of the session for a path.

        Result tables that were never written, such as `check_results` before the first check, are created without rows:
        a query of every view then works from the beginning, and sees the first row.

        Returns:
            The names created; for a path also the result tables' own short names.
        """
        return create_views(self.spark, self._all_identifiers(), schema=self.location if self.path is None else None)

    def create_temporary_views(self) -> list[str]:
        """Create the SQL views, and the result tables' short names, as temporary views of the session.

        A result table that was never written is an empty view.

        Returns:
            The names created.
        """
        identifiers = self._identifiers()
        missing = [table for table in all_tables() if table.name not in identifiers]
        for table in missing:
            self.frame(table).createOrReplaceTempView(table.name)
        created = create_views(self.spark, identifiers | {table.name: table.name for table in missing}, schema=None)
        return [*dict.fromkeys(created)]

    def view_statements(self) -> str:
        """Return SQL that makes temporary views of the tables and of the views over them, for any Spark session.

        Result tables that were never written are created, see `create_views`; where nothing can be written, their views
        are left out.
        """
        identifiers = self._all_identifiers()
        return view_statements(identifiers, {name: self.spark.table(one).columns for name, one in identifiers.items()})

    def _identifiers(self) -> dict[str, str]:
        return {table.name: self.identifier(table) for table in all_tables() if self.exists(table)}

    def _all_identifiers(self) -> dict[str, str]:
        """Return what SQL calls each result table; in a store with results, those that are missing are created."""
        found = self._identifiers()
        return found | {table.name: self.identifier(table) for table in create_missing(self, found)}

    def _frame_of(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table]) -> DataFrame:
        if isinstance(rows, SparkRows):
            return rows.frame
        if isinstance(rows, RowParts) and any(isinstance(part, SparkRows) for part in rows.parts):
            return reduce(DataFrame.unionByName, [self._frame_of(table, part) for part in rows.parts])
        if callable(rows):
            rows = rows()
        if not isinstance(rows, pa.Table):
            rows = pa.concat_tables([table.empty(), *rows.to_arrow()])
        # Rows that fit in the driver's memory fit in one file.
        return arrow_frame(self.spark, rows).coalesce(1)

    def _condition(self, which: Where) -> str:
        return f"pipeline = {text_literal(self.pipeline)} AND ({to_sql(which)})"

    def _write(self, table: ResultTable, frame: DataFrame, condition: str | None) -> None:
        """Commit rows once, in place of those that a condition selects, or beside all others."""
        writer = (
            frame.select(
                [
                    F.col(column.name).cast(column.sql_type).alias(column.name, metadata={"comment": column.comment})
                    for column in table.columns
                ]
            )
            .write.format("delta")
            .option("mergeSchema", "true")
        )
        if condition is None:
            # Not even a read of the files that hold other rows: others' commits in between do not matter.
            writer = writer.mode("append")
        else:
            writer = writer.mode("overwrite").option("replaceWhere", condition)
        if not self.exists(table):  # a table that is there keeps its own partitions and settings
            writer = writer.options(**table.settings).partitionBy(*table.partitions)
        if self.path is None:
            writer.saveAsTable(self.identifier(table))
        else:
            writer.save(self._table_path(table))

    def commit(self, table: ResultTable, write: Callable[[], None]) -> None:
        """Call a function that commits to a table, again as often as other writers commit first.

        Args:
            table: The table.
            write: Commits.

        Raises:
            StoreError: The commit failed, or conflicted with other writers too often.
        """
        recognise_conflicts(self.spark)
        for attempt in range(1, _MAX_COMMIT_ATTEMPTS + 1):
            try:
                with commit_lock(self.path), dates_of_any_year(self.spark):
                    write()
            except CONFLICTS as error:
                if attempt == _MAX_COMMIT_ATTEMPTS:
                    reason = spark_reason(error)
                    message = f"{self._shown(table)}: other writers committed first {attempt} times: {reason}"
                    raise StoreError(message) from error
            except StoreError:
                raise
            except Exception as error:
                # Two writers may both try to create the table; the second one then fails and retries.
                if attempt < _MAX_COMMIT_ATTEMPTS and "already exists" in str(error):
                    continue
                message = f"{self._shown(table)} cannot be written: {spark_reason(error)}"
                raise StoreError(message) from error
            else:
                return
            wait = min(_MAX_WAIT_SECONDS, 0.1 * 2**attempt)
            time.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 -- jitter, not a secret

    def _shown(self, table: ResultTable) -> str:
        """Return the table's place as messages show it; unlike `identifier` it asks no session, which may be gone."""
        return f"{self.location}.{table.name}" if self.path is None else self._table_path(table)

    def _table_path(self, table: ResultTable) -> str:
        return f"{self.location.rstrip('/')}/{table.name}"


def open_store(config: PipelineConfig, session: SparkSession | None = None) -> SparkStore:
    """Open the store of a pipeline; nothing is created before the first write.

    Args:
        config: The pipeline.
        session: Session to use; None takes the running one or builds a local one.

    Raises:
        NoDeltaError: The session has no Delta.
    """
    spark = session or get_session(conf=config.spark)
    if not has_delta(spark):
        message = f"the store {redacted(config.store)}: {why_no_delta(spark.version, delta_version())}"
        raise NoDeltaError(message)
    return SparkStore(spark, config.store, config.pipeline)
