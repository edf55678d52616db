"""Measures the command `stageprint profile` on a table of 1,000 rows, and a bare script beside it.

The bare script starts the same session and writes the rows that the command wrote for an earlier run, in as many
commits, without profiling: the price that any program pays for results in Delta tables.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from scripts.benchmarks.data import small_tables
from scripts.benchmarks.measure import Result, median, report_progress
from stageprint.model.result_tables import RUNS, TABLE_PROFILES
from stageprint.pipeline.tables import column_profiles

_BARE: Final = """\
import sys
import pyarrow.parquet as pq
from pyspark.sql import functions as F
from stageprint.engines.spark.session import get_session
spark = get_session("bare")
store, rows, run = sys.argv[1:4]
for word in sys.argv[4:]:
    name, _, partitions = word.partition(":")
    frame = spark.createDataFrame(pq.read_table(f"{rows}/{name}.parquet")).withColumn("run_id", F.lit(run))
    where = f"pipeline = 'one' AND run_id IN ('{run}')" + (" AND stage IN ('raw')" if "stage" in partitions else "")
    frame.coalesce(1).write.format("delta").mode("overwrite").option("replaceWhere", where).option(
        "mergeSchema", "true"
    ).partitionBy(*partitions.split(",")).save(f"{store}/{name}")
"""

_SAVE: Final = """\
import sys
import pyarrow.parquet as pq
from stageprint.engines.spark.session import get_session
spark = get_session("save")
store, rows = sys.argv[1:3]
for name in (word.partition(":")[0] for word in sys.argv[3:]):
    pq.write_table(spark.read.format("delta").load(f"{store}/{name}").toArrow(), f"{rows}/{name}.parquet")
"""


def bench_overhead(data: Path, rounds: int) -> list[Result]:
    """Return the times of the bare script and of the command, run alternately, each for a new run of a store."""
    report_progress("overhead: stageprint profile on 1,000 rows × 8 columns, beside a bare script …")
    folder = small_tables(data, 1, 1000) / "t000"
    # In the order of the product: columns first, the run last.
    words = [f"{table.name}:{','.join(table.partitions)}" for table in (column_profiles(), TABLE_PROFILES, RUNS)]
    with TemporaryDirectory() as home:
        own, bare, kept = (Path(home) / name for name in ("store", "bare", "rows"))
        kept.mkdir()
        config = Path(home) / "one.yml"
        config.write_text(
            f"pipeline: one\nstore: {own}\nstages:\n  - name: raw\n    tables:\n"
            f"      - name: table\n        source: {{format: parquet, path: {folder}}}\n",
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "stageprint", "profile", "--config", str(config), "--engine", "spark", "--run"]
        script = [sys.executable, "-c", _BARE, str(bare), str(kept)]
        _run([*command, "2020-01-01"])
        _run([sys.executable, "-c", _SAVE, str(own), str(kept), *words])
        _run([*script, "2020-01-01", *words])
        found: dict[str, list[float]] = {"bare_script": [], "stageprint_profile": []}
        for day in range(2, 2 + rounds):
            run = f"2020-01-{day:02d}"
            found["bare_script"].append(_run([*script, run, *words]))
            found["stageprint_profile"].append(_run([*command, run]))
    bare_seconds = median(tuple(found["bare_script"]))
    results = []
    for name, seconds in found.items():
        middle = median(tuple(seconds))
        more = {"ratio_to_bare_script": round(middle / bare_seconds, 3)}
        results.append(Result(name, 1000, 8, middle, None, tuple(seconds), more))
    return results


def _run(words: list[str]) -> float:
    started = time.monotonic()
    shown = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words
    if shown.returncode:
        message = f"{words[1]} {words[2][:20]}: {shown.stderr.strip().splitlines()[-1:]}"
        raise RuntimeError(message)
    return time.monotonic() - started
