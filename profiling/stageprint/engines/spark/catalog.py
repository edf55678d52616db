"""Finds the tables of a schema in Spark's catalog, and reads rows of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.functions import col

from stageprint.config.run_ids import DEFAULT_RUN_ID_PATTERN
from stageprint.config.run_order import in_order
from stageprint.config.sources import Source
from stageprint.engines.spark.compat import to_arrow
from stageprint.engines.spark.errors import spark_reason
from stageprint.engines.spark.session import get_session
from stageprint.errors import SourceError, UsageError
from stageprint.pipeline.draft.layout import is_run_partition, plain_name
from stageprint.pipeline.draft.model import Sample, TableFound

_MAX_RUNS: Final = 10_000
"""Values of a partition column beyond which it does not tell runs apart."""

_MAX_ROWS: Final = 20_000_000
"""Rows of the columns of a key that are brought to this process."""


def find_catalog_tables(schema: str, session: SparkSession | None = None) -> list[TableFound]:
    """Return the tables and views of a schema, temporary ones left out.

    Args:
        schema: ``schema`` or ``catalog.schema``.
        session: Session to use; None takes the running one or builds a local one.

    Raises:
        UsageError: There is no such schema.
    """
    spark = session or get_session()
    try:
        quoted = ".".join(f"`{part}`" for part in schema.split("."))
        listed = [
            str(row["tableName"]) for row in spark.sql(f"SHOW TABLES IN {quoted}").collect() if not row["isTemporary"]
        ]
    except Exception as error:
        message = f"{schema!r}: expected a folder that exists, or a schema of the catalog: {spark_reason(error)}"
        raise UsageError(message) from error
    stage = plain_name(schema.rsplit(".", 1)[-1])
    return [_found(spark, stage, f"{schema}.{name}", name) for name in sorted(listed)]


def _found(spark: SparkSession, stage: str, full_name: str, name: str) -> TableFound:
    """Return a table; where a column of its partitions tells runs apart, its source is the partition of one run."""
    for column in _run_partitions(spark, full_name):
        runs = _values(spark, full_name, column)
        if runs:
            quoted = ".".join(f"`{part}`" for part in (*full_name.removesuffix(f".{name}").split("."), name))
            source = {"sql": f"SELECT * FROM {quoted} WHERE `{column}` = '{{run_id}}'"}  # noqa: S608 -- names of the catalog
            note = f"its partitions by {column} are the runs; name them with --run"
            return TableFound(stage, plain_name(name), source, runs, (note,))
    return TableFound(stage, plain_name(name), {"table": full_name})


def _run_partitions(spark: SparkSession, table: str) -> list[str]:
    try:
        columns = spark.catalog.listColumns(table)
    except Exception:  # noqa: BLE001 -- a view that is broken is said so when it is read
        return []
    return [column.name for column in columns if column.isPartition and is_run_partition(column.name)]


def _values(spark: SparkSession, table: str, column: str) -> tuple[str, ...]:
    """Return the values of a partition column that can be names of runs, in order; empty: some cannot."""
    rows = spark.table(table).select(col(f"`{column}`").cast("string").alias("run")).distinct().limit(_MAX_RUNS + 1)
    found = [row["run"] for row in rows.collect() if row["run"] is not None]
    usable = len(found) <= _MAX_RUNS and all(re.fullmatch(DEFAULT_RUN_ID_PATTERN, run) for run in found)
    return tuple(in_order(found)) if usable else ()


class CatalogReader:
    """Reads rows of catalog tables; see `stageprint.pipeline.draft.model.TableReader`."""

    def __init__(self, session: SparkSession | None = None) -> None:
        """Take the session to use; None takes the running one or builds a local one."""
        self._spark = session or get_session()

    def sample(self, table: TableFound, run: str | None, limit: int, columns: Sequence[str] | None = None) -> Sample:
        """Return at most `limit` rows."""
        found = self._collected(table, run, columns, limit + 1)
        return Sample(found.slice(0, limit), found.num_rows <= limit)

    def batches(self, table: TableFound, run: str | None, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield all rows of some columns, `_MAX_ROWS` at most."""
        yield from self._collected(table, run, columns, _MAX_ROWS).to_batches()

    def _collected(self, table: TableFound, run: str | None, columns: Sequence[str] | None, limit: int) -> pa.Table:
        source = Source.model_validate(dict(table.source)).for_run(run or "")
        try:
            frame = self._spark.table(source.text) if source.sql is None else self._spark.sql(source.text)
            if columns is not None:
                frame = frame.select(*[col(f"`{name}`") for name in columns])
            return to_arrow(frame.limit(limit))
        except Exception as error:
            message = f"{source.text}: {spark_reason(error)}"
            raise SourceError(message) from error
