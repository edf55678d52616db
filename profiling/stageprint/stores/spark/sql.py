"""Runs the queries of ``custom_sql`` checks over the result tables."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from stageprint.checks.custom_sql import MAX_ROWS_RETURNED
from stageprint.engines.spark.errors import spark_reason
from stageprint.engines.spark.session import active_session_kept
from stageprint.errors import StoreError
from stageprint.ports import SqlRows
from stageprint.stores.spark.store import SparkStore

_OWN_PARAMETERS: Final = "spark.sql.legacy.parameterSubstitution.constantsOnly"
"""Setting that lets Spark's analyzer substitute named parameters. Since Spark 4.1 the parser does, but Delta's parser,
in front of it, drops them (delta-io/delta#7640, Delta 4.4.0)."""

_TIME_ZONE: Final = "spark.sql.session.timeZone"


@dataclass
class SparkSql:
    """Runs queries over the result tables and views, in a separate session whose views hide none of the user's.

    Attributes:
        store: The store.
    """

    store: SparkStore

    def __call__(self, query: str, parameters: Mapping[str, str]) -> SqlRows:
        """Return the first rows of a query's result.

        Args:
            query: The query.
            parameters: Values of its named parameters.

        Raises:
            StoreError: The query cannot be run.
        """
        try:
            rows = self._session.sql(query, args=dict(parameters)).limit(MAX_ROWS_RETURNED + 1).collect()
        except (Py4JError, PySparkException) as error:
            raise StoreError(str(spark_reason(error))) from error
        return [row.asDict() for row in rows]

    @cached_property
    def _session(self) -> SparkSession:
        spark = self.store.spark
        # Spark Connect has no `newSession`; a cloned session is separate in the same way.
        apart: Any = getattr(spark, "newSession", None) or getattr(spark, "cloneSession", None)
        own: SparkSession = apart()
        own.conf.set(_TIME_ZONE, str(spark.conf.get(_TIME_ZONE)))
        with suppress(PySparkException):  # managed runtimes may forbid the setting and do not need it
            own.conf.set(_OWN_PARAMETERS, "true")
        with active_session_kept():
            SparkStore(own, self.store.location, self.store.pipeline).create_temporary_views()
        return own
