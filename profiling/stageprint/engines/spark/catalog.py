"""Finds the tables of a schema in Spark's catalog, and reads rows of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col

from stageprint.engines.spark.errors import spark_reason
from stageprint.engines.spark.session import get_session
from stageprint.errors import SourceError, UsageError
from stageprint.pipeline.draft.layout import plain_name
from stageprint.pipeline.draft.model import Sample, TableFound

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
    return [TableFound(stage, plain_name(name), {"table": f"{schema}.{name}"}) for name in sorted(listed)]


class CatalogReader:
    """Reads rows of catalog tables; see `stageprint.pipeline.draft.model.TableReader`."""

    def __init__(self, session: SparkSession | None = None) -> None:
        """Take the session to use; None takes the running one or builds a local one."""
        self._spark = session or get_session()

    def sample(self, table: TableFound, run: str | None, limit: int, columns: Sequence[str] | None = None) -> Sample:
        """Return at most `limit` rows."""
        del run
        found = self._collected(table, columns, limit + 1)
        return Sample(found.slice(0, limit), found.num_rows <= limit)

    def batches(self, table: TableFound, run: str | None, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield all rows of some columns, `_MAX_ROWS` at most."""
        del run
        yield from self._collected(table, columns, _MAX_ROWS).to_batches()

    def _collected(self, table: TableFound, columns: Sequence[str] | None, limit: int) -> pa.Table:
        try:
            frame = self._spark.table(str(table.source["table"]))
            if columns is not None:
                frame = frame.select(*[col(f"`{name}`") for name in columns])
            return to_arrow(frame.limit(limit))
        except Exception as error:
            message = f"{table.source['table']}: {spark_reason(error)}"
            raise SourceError(message) from error


def to_arrow(frame: DataFrame) -> pa.Table:
    """Return the rows of a frame, brought to this process."""
    if hasattr(frame, "toArrow"):
        return frame.toArrow()
    return pa.Table.from_pandas(frame.toPandas(), preserve_index=False)  # Spark 3.5
