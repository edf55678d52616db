"""Times the way of rows from Spark to Python, by what could be sent otherwise, and the general path beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses

from scripts.benchmarks.cases import Cases, drain
from scripts.benchmarks.measure import Result, failed
from scripts.benchmarks.session import bench_session
from scripts.benchmarks.table import shape
from scripts.benchmarks.turns import in_turns
from stageprint.engines.spark.compat import ROWS_PER_ARROW_BATCH
from stageprint.engines.spark.jars import delta_jars
from stageprint.engines.spark.transfer import arrow_batches, columnar_exchange

WARM: Final = 2
"""Rounds that are not counted: the JVM compiles for longer than one."""

COMET_JAR: Final = "STAGEPRINT_COMET_JAR"
"""Environment variable with the path of Comet's jar for the installed Spark."""

_SPARKS_ROWS: Final = "10000"
_FEW_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "l_returnflag": ("A", "N", "R"),
    "l_linestatus": ("F", "O"),
    "l_shipinstruct": ("COLLECT COD", "DELIVER IN PERSON", "NONE", "TAKE BACK RETURN"),
    "l_shipmode": ("AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"),
}
"""Columns of lineitem with few texts, and these."""


def bench_transfer(folder: Path, rounds: int) -> Iterator[Result]:
    """Yield the seconds of sending rows in several ways, and of the general path."""
    spark = bench_session()
    cases = Cases(spark, folder)
    frame = spark.read.parquet(str(folder))
    doubles = {name: F.col(name).cast("double") for name, kind in frame.dtypes if kind.startswith("decimal")}
    codes = {
        name: F.array_position(F.array(*map(F.lit, texts)), F.col(name)).cast("tinyint")
        for name, texts in _FEW_VALUES.items()
    }
    yield from in_turns(
        {
            "scan_noop": cases.scan_noop,
            "drain_as_spark_sets_it": _with_rows(spark, _SPARKS_ROWS, lambda: drain(frame)),
            "drain_65536_rows": _with_rows(spark, "65536", lambda: drain(frame)),
            "drain_as_we_set_it": _ours(spark, lambda: drain(frame)),
            "drain_decimals_as_doubles": _ours(spark, lambda: drain(frame.withColumns(doubles))),
            "drain_few_texts_as_codes": _ours(spark, lambda: drain(frame.withColumns(codes))),
            "profile_dataframe": cases.profile_dataframe,
        },
        rounds,
        *shape(folder),
        warm=WARM,
    )


def bench_comet(folder: Path, rounds: int) -> Iterator[Result]:
    """Yield the seconds of the general path with and without Comet, whose jar `COMET_JAR` names."""
    jar = os.environ.get(COMET_JAR)
    if not jar:
        yield failed("comet", *shape(folder), f"{COMET_JAR} is not set")
        return
    with delta_jars() as jars:
        path = os.pathsep.join(filter(None, [jars.get("spark.driver.extraClassPath", ""), jar]))
    spark = bench_session(
        more={
            "spark.driver.extraClassPath": path,
            "spark.plugins": "org.apache.spark.CometPlugin",
            "spark.shuffle.manager": "org.apache.spark.sql.comet.execution.shuffle.CometShuffleManager",
            "spark.memory.offHeap.enabled": "true",
            "spark.memory.offHeap.size": "4g",
            "spark.comet.exec.pyarrowUDF.enabled": "true",
        }
    )
    if columnar_exchange(spark) is None:
        message = "Comet is not set up"
        raise RuntimeError(message)
    cases = Cases(spark, folder)
    frame = spark.read.parquet(str(folder))
    ways: dict[str, Callable[[], object]] = {
        "drain": lambda: drain(frame),
        "profile_dataframe": cases.profile_dataframe,
    }
    turns: dict[str, Callable[[], object]] = {}
    for name, run in ways.items():
        turns[name] = _without_comet(spark, run)
        turns[f"{name}_with_comet"] = run
    yield from in_turns(turns, rounds, *shape(folder), warm=WARM)


def _with_rows(spark: SparkSession, rows: str, run: Callable[[], object]) -> Callable[[], None]:
    return _with(spark, ROWS_PER_ARROW_BATCH, rows, run)


def _without_comet(spark: SparkSession, run: Callable[[], object]) -> Callable[[], None]:
    return _with(spark, "spark.comet.enabled", "false", run)


def _with(spark: SparkSession, name: str, value: str, run: Callable[[], object]) -> Callable[[], None]:
    def set_and_run() -> None:
        before = spark.conf.get(name, None)
        spark.conf.set(name, value)
        try:
            run()
        finally:
            if before is None:
                spark.conf.unset(name)
            else:
                spark.conf.set(name, before)

    return set_and_run


def _ours(spark: SparkSession, run: Callable[[], object]) -> Callable[[], None]:
    def set_and_run() -> None:
        with arrow_batches(spark):
            run()

    return set_and_run
