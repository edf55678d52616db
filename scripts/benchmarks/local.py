"""Times the local engine: against decoding alone, Spark's fast path and DuckDB, and one small table in whole."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.benchmarks.cases import Cases, summarize
from scripts.benchmarks.data import small_tables
from scripts.benchmarks.measure import Result, failed, median, report_progress
from scripts.benchmarks.session import bench_session
from scripts.benchmarks.table import shape
from stageprint.config.loader import parse_config
from stageprint.engines.local.engine import LocalEngine
from stageprint.pipeline.profile import profile
from stageprint.stores.memory import MemoryStore

_SMALL_ROWS: Final = 1000


def bench_local(folder: Path, data: Path, rounds: int) -> Iterator[Result]:
    """Yield the seconds of each case, in turns, so that what else the machine does meets all of them.

    ``decode`` and ``profile_one_core`` are seconds of the processor, the others seconds of a clock.

    Args:
        folder: Folder of a table's Parquet files.
        data: Folder where the data is kept.
        rounds: Rounds, in each of which every case is run once, after one that is not counted.
    """
    rows, columns = shape(folder)
    report_progress(f"without Spark: {rows:,} rows × {columns} columns …")
    cores = os.cpu_count() or 1
    cases: dict[str, Callable[[], object]] = {
        "decode": lambda: _decode(folder),
        "profile_one_core": lambda: _profile(folder, 1),
        "profile_local": lambda: _profile(folder, None),
        "duckdb_summarize": lambda: summarize(folder, cores),
        "profile_arrow": Cases(bench_session(), folder).profile_arrow,
    }
    found: dict[str, list[float]] = {name: [] for name in cases}
    errors: dict[str, Exception] = {}
    for _ in range(rounds + 1):
        for name, run in cases.items():
            clock = time.process_time if name in {"decode", "profile_one_core"} else time.monotonic
            started = clock()
            try:
                run()
            except Exception as error:  # noqa: BLE001 -- if another profiler fails, that is a result
                errors[name] = error
            found[name].append(clock() - started)
    seconds = {name: median(tuple(times[1:])) for name, times in found.items() if name not in errors}
    against = {
        "profile_one_core": {"ratio_to_decode": "decode"},
        "profile_local": {"ratio_to_fast_path": "profile_arrow", "ratio_to_duckdb": "duckdb_summarize"},
    }
    for name, times in found.items():
        if name in errors:
            yield failed(name, rows, columns, errors[name])
            continue
        more = {
            ratio: round(seconds[name] / seconds[other], 2)
            for ratio, other in against.get(name, {}).items()
            if other in seconds
        }
        yield Result(name, rows, columns, seconds[name], None, tuple(times[1:]), more)
    yield _small(data, rounds)


def _decode(folder: Path) -> None:
    """Decode all columns with pyarrow, one thread."""
    for file in sorted(folder.glob("*.parquet")):
        for _ in pq.ParquetFile(file).iter_batches(use_threads=False):
            pass


def _profile(folder: Path, processes: int | None) -> None:
    config = parse_config(
        "pipeline: bench\nstore: unused\nstages:\n  - name: raw\n    tables:\n"
        f"      - name: table\n        source: {{format: parquet, path: {folder}}}\n"
    )
    cores = pa.cpu_count()
    pa.set_cpu_count(1 if processes == 1 else cores)
    try:
        outcome = profile(config, ["run"], engine=LocalEngine(processes), store=MemoryStore("bench"))
    finally:
        pa.set_cpu_count(cores)
    if outcome.failed:
        raise RuntimeError(outcome.failed[0].error)


def _small(data: Path, rounds: int) -> Result:
    """Return the seconds of `stageprint profile` of a small table, process start and commits included."""
    folder = small_tables(data, 1, _SMALL_ROWS) / "t000"
    times: list[float] = []
    processor: list[float] = []
    with TemporaryDirectory() as home:
        config = Path(home) / "small.yml"
        config.write_text(
            f"pipeline: small\nstore: {home}/store\nengine: local\nstages:\n  - name: raw\n    tables:\n"
            f"      - {{name: t, source: {{format: parquet, path: '{folder}'}}}}\n",
            encoding="utf-8",
        )
        for number in range(rounds + 1):
            words = [sys.executable, "-m", "stageprint", "profile", "--config", str(config), "--run", f"r{number}"]
            before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            subprocess.run(words, cwd=home, capture_output=True, check=True)  # noqa: S603 -- our own
            times.append(time.monotonic() - started)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    more = {"processor_seconds": round(median(tuple(processor[1:])), 2)}
    return Result("profile_small_table", _SMALL_ROWS, 8, median(tuple(times[1:])), None, tuple(times[1:]), more)
