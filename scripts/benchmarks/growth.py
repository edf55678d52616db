"""Measures seconds against the number of rows, columns, files and tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pyspark.sql import SparkSession

from scripts.benchmarks.data import in_files, lineitem, wide_table
from scripts.benchmarks.many import bench_many
from scripts.benchmarks.measure import Result
from scripts.benchmarks.table import bench_table

SCALES = (0.05, 0.2, 0.5, 1.0, 2.0)
COLUMNS = (30, 100, 300, 1000)
FILES = (1, 8, 64, 512)
TABLES = (10, 50, 200)


def bench_growth(
    spark: SparkSession, data: Path, rounds: int, scale: float, columns: int, tables: int
) -> Iterator[Result]:
    """Yield the fast path's results for more and more rows, columns, files and tables; `against` and `size` say which.

    Args:
        spark: The session.
        data: Folder where the data is kept.
        rounds: Largest number of rounds of a case.
        scale: Largest TPC-H scale factor.
        columns: Largest number of columns.
        tables: Largest number of tables.
    """
    for one in [one for one in SCALES if one <= scale]:
        yield from _profiled(spark, lineitem(data, one, 2), rounds, "rows", None)
    for width in [width for width in COLUMNS if width <= columns]:
        yield from _profiled(spark, wide_table(data, width, 100_000), rounds, "columns", width)
    for files in FILES:
        yield from _profiled(spark, in_files(data, lineitem(data, min(0.2, scale), 2), files), rounds, "files", files)
    for number in [number for number in TABLES if number <= tables]:
        result = bench_many(spark, data, number, 1000)
        yield replace(result, more={**result.more, "against": "tables", "size": number})


def _profiled(spark: SparkSession, folder: Path, rounds: int, against: str, size: int | None) -> Iterator[Result]:
    for result in bench_table(spark, folder, rounds, ["profile_arrow"]):
        if result.name == "profile_arrow":
            more = {**result.more, "against": against, "size": result.rows if size is None else size}
            yield replace(result, more=more)
