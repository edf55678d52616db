"""Times the cases on one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from scripts.benchmarks.cases import Cases
from scripts.benchmarks.measure import Result, failed, median, report_progress, timed, worker_peak_mib

ONCE = frozenset({"spark_summary"})
"""Slow cases, which are neither warmed up nor repeated."""


def bench_table(spark: SparkSession, folder: Path, rounds: int, names: Sequence[str] = ()) -> Iterator[Result]:
    """Yield the results of all cases, or of those named. The bare scan is timed again at the end, and both count.

    A case that fails is a result without seconds that says why.
    """
    cases = Cases(spark, folder)
    rows, columns = shape(folder)
    results = []
    for name, run in cases.by_name().items():
        if names and name not in {*names, "scan_noop"}:
            continue
        report_progress(f"{name}: {rows:,} rows × {columns} columns …")
        once = name in ONCE
        try:
            found = timed(run, 1 if once else rounds, warm=not once)
        except Exception as error:  # noqa: BLE001 -- if another profiler fails, that is a result
            results.append(failed(name, rows, columns, error))
            continue
        peak = worker_peak_mib() if name.startswith("profile") else None
        more = {"worker_peak_mib": round(peak)} if peak is not None else {}
        results.append(Result(name, rows, columns, median(found), None, found, more))
    floor = results[0].rounds
    if floor:
        # The machine may have become slower or faster since the first case.
        floor += timed(cases.scan_noop, rounds, warm=False)
        scan = median(floor)
        results[0] = replace(results[0], seconds=scan, rounds=floor)
        results = [replace(result, scan_seconds=scan) for result in results]
    yield from results


def shape(folder: Path) -> tuple[int, int]:
    """Return rows and top-level columns of a folder of Parquet files."""
    files = [pq.read_metadata(file) for file in sorted(folder.glob("*.parquet"))]
    return sum(file.num_rows for file in files), len(files[0].schema.to_arrow_schema())
