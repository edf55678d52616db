"""Derives the Spark schemas of the result tables from their declarations."""

from __future__ import annotations

from functools import lru_cache

from pyspark.sql import SparkSession
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.spark.compat import type_from_ddl
from stageprint.model.result_tables import ResultTable


def spark_schema(spark: SparkSession, table: ResultTable) -> T.StructType:
    """Return a result table's schema with its comments."""
    return T.StructType(
        [
            T.StructField(
                column.name, _spark_type(spark, column.sql_type), nullable=True, metadata={"comment": column.comment}
            )
            for column in table.columns
        ]
    )


@lru_cache(maxsize=256)
def _spark_type(spark: SparkSession, ddl: str) -> T.DataType:
    # Spark's parser runs in the JVM: 20 ms for the columns of a table.
    return type_from_ddl(spark, ddl)
