"""The one place that reaches into the JVM of a Spark session; Spark Connect has none, and says so by None.

What is used here is not public in PySpark: the gateway to the JVM, the Java objects behind sessions and DataFrames, and
the context. A test holds every other module to this.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, reduce
from typing import Any, Final

from pyspark.sql import DataFrame, SparkSession

_TASKS_UNKNOWN: Final = 8
"""Tasks that a server is taken to run at a time where it does not say."""


def jvm_of(spark: SparkSession) -> Any | None:
    """Return the session's JVM; None: it is asked through Spark Connect and shows no JVM."""
    return getattr(spark, "_jvm", None)


def is_classic(spark: SparkSession) -> bool:
    """Tell whether the session has a JVM of its own."""
    return jvm_of(spark) is not None


@lru_cache(maxsize=64)
def java_class(jvm: Any, name: str) -> Any:
    """Return a class or package of the JVM, cached, since py4j asks the JVM for every part of a name each time."""
    return reduce(getattr, name.split("."), jvm)


def java_session(spark: SparkSession) -> Any:
    """Return the Java object of a session that has a JVM."""
    return getattr(spark, "_jsparkSession")  # noqa: B009 -- not public, and absent on Connect


def hadoop_configuration(spark: SparkSession) -> Any:
    """Return Hadoop's configuration as a session that has a JVM uses it."""
    return java_session(spark).sessionState().newHadoopConf()


def analyzed_plan(frame: DataFrame) -> Any | None:
    """Return the Java object of a DataFrame's analysed plan; None on Spark Connect."""
    java = getattr(frame, "_jdf", None)
    return None if java is None else java.queryExecution().analyzed()


def parallelism(spark: SparkSession) -> int:
    """Return how many tasks Spark runs at a time; on Spark Connect what its setting says."""
    if is_classic(spark):
        return max(int(spark.sparkContext.defaultParallelism), 1)
    said = spark.conf.get("spark.default.parallelism", "") or ""
    return int(said) if said.isdigit() and int(said) > 0 else _TASKS_UNKNOWN


def canceller(spark: SparkSession) -> Callable[[], None]:
    """Return the function that cancels all jobs of a session."""
    if is_classic(spark):
        return spark.sparkContext.cancelAllJobs

    def interrupt() -> None:
        spark.interruptAll()

    return interrupt


def accumulator_server(spark: SparkSession) -> Any | None:
    """Return what receives the accumulators of a session's workers; None: there is none."""
    return getattr(spark.sparkContext, "_accumulatorServer", None) if is_classic(spark) else None
