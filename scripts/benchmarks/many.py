"""Measures hundreds of small tables in one run, and one very wide table: the costs per table and per column."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Final

from pyspark.sql import SparkSession

from scripts.benchmarks.cases import Cases
from scripts.benchmarks.data import small_tables, wide_table
from scripts.benchmarks.measure import Result, median, report_progress, timed, worker_peak_mib
from stageprint.api import profile_runs
from stageprint.config.loader import parse_config

SCAN_SECONDS: Final = 300.0
"""Time limit of the bare scan of the wide table."""


def bench_many(spark: SparkSession, data: Path, tables: int, rows: int) -> Result:
    """Return the time to profile many small tables into a store, commits included."""
    folder = small_tables(data, tables, rows)
    names = [path.name for path in sorted(folder.iterdir())]
    report_progress(f"profile_many: {tables} tables × {rows:,} rows …")

    def scan() -> None:
        for name in names:
            spark.read.parquet(f"{folder}/{name}").write.format("noop").mode("overwrite").save()

    floor = timed(scan, 1, warm=False)
    with TemporaryDirectory() as store:
        listed = "".join(
            f"      - name: {name}\n        source: {{format: parquet, path: {folder}/{name}}}\n" for name in names
        )
        config = parse_config(
            f"pipeline: many\nstore: {store}\nstages:\n  - name: raw\n    tables:\n{listed}",
        )
        started = time.monotonic()
        outcome = profile_runs(config, ["2020-01-01"], session=spark)
        seconds = time.monotonic() - started
    failed = sum(table.status != "ok" for table in outcome.tables)
    more = {"tables": tables, "seconds_a_table": round(seconds / tables, 3), "failed_tables": failed}
    return Result("profile_many", tables * rows, 8, seconds, median(floor), (seconds,), more)


def bench_wide(spark: SparkSession, data: Path, columns: int, rows: int) -> Result:
    """Return the time to profile one wide table by the fast path, and of one bare scan."""
    cases = Cases(spark, wide_table(data, columns, rows))
    report_progress(f"profile_wide: {rows:,} rows × {columns:,} columns …")
    found = timed(cases.profile_arrow, 1, warm=False)
    peak = worker_peak_mib()
    # The reader of Spark holds a row group of every column at once, and may run out of memory.
    limit = Timer(SCAN_SECONDS, spark.sparkContext.cancelAllJobs)
    limit.start()
    began = time.monotonic()
    try:
        floor: float | None = median(timed(cases.scan_noop, 1, warm=False))
        more: dict[str, object] = {}
    except Exception as error:  # noqa: BLE001 -- as above
        late = time.monotonic() - began >= SCAN_SECONDS
        text = f"not done after {SCAN_SECONDS:.0f} s" if late else str(error).split("\n", 1)[0]
        floor, more = None, {"scan_failed": text}
    finally:
        limit.cancel()
    return Result(
        "profile_wide", rows, columns, found[0], floor, found, more | {"worker_peak_mib": peak and round(peak)}
    )
