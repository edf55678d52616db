"""Rows of a query, read by Spark for what is no table of the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from stageprint.engines.spark.errors import spark_reason
from stageprint.errors import StoreError


def query_rows(spark: SparkSession, query: str) -> list[Mapping[str, Any]]:
    """Return the rows of a query.

    Raises:
        StoreError: It cannot be run.
    """
    try:
        rows = spark.sql(query).collect()
    except (Py4JError, PySparkException) as error:
        raise StoreError(str(spark_reason(error))) from error
    return [row.asDict() for row in rows]
