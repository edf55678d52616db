"""Derives the Spark schemas of the result tables from their declarations."""

from __future__ import annotations

from functools import cache

from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.spark.compat import type_from_ddl
from stageprint.model.result_tables import ResultTable


def spark_schema(table: ResultTable) -> T.StructType:
    """Return a result table's schema with its comments; needs a running session."""
    return T.StructType(
        [
            T.StructField(
                column.name, _spark_type(column.sql_type), nullable=True, metadata={"comment": column.comment}
            )
            for column in table.columns
        ]
    )


@cache
def _spark_type(ddl: str) -> T.DataType:
    # Spark's parser runs in the JVM: 20 ms for the columns of a table.
    return type_from_ddl(ddl)
