"""Measures `stageprint compare` on synthetic stores of many columns and long histories."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.benchmarks.alone import alone
from scripts.benchmarks.column_store import ManyColumns, make_store
from scripts.benchmarks.measure import Result, cpu_seconds, failed, peak_mib, report_progress, worker_peak_mib
from scripts.benchmarks.session import compare_session
from scripts.benchmarks.spark_log import logged, read_log
from stageprint.api import compare_runs


@dataclass(frozen=True)
class Comparison:
    """A case.

    Attributes:
        columns: Columns of a run.
        history: Runs before the one compared.
        heap: Heap of the Spark driver, which without `apart` is also the executor.
        apart: The executor is a process of its own, as on a cluster.
        keep: Whether to keep the store.
    """

    columns: int
    history: int = 8
    heap: str = "1g"
    apart: bool = False
    keep: bool = False

    @property
    def name(self) -> str:
        """The name in the results."""
        return "compare_apart" if self.apart else "compare"

    @property
    def rows(self) -> int:
        """Rows of `column_profiles`."""
        return self.columns * (self.history + 1)


COMPARISONS: Final = (
    Comparison(10_000),
    Comparison(10_000, 28),
    Comparison(10_000, 100),
    Comparison(30_000),
    Comparison(100_000),
    Comparison(111_112, apart=True),
)
"""Along the history, along the columns, and a million rows of `column_profiles` with the driver by itself."""


def bench_comparing(data: Path, most: int) -> Iterator[Result]:
    """Yield the cases, each in a process of its own.

    Args:
        data: Where the stores are made.
        most: Most columns of a run.
    """
    for case in COMPARISONS:
        if case.columns <= most:
            yield bench_comparison(data, case)


def bench_comparison(data: Path, case: Comparison) -> Result:
    """Return the result of a case, measured in a process of its own, or why it could not be measured."""
    try:
        return alone(_compare, data, case)
    except Exception as error:  # noqa: BLE001 -- the other cases are still measured
        return failed(case.name, case.rows, case.columns, error, history=case.history)


def _compare(data: Path, case: Comparison) -> Result:
    """Make a store and compare its last two runs; peaks of memory are those of this process and the ones below it."""
    wanted = ManyColumns(case.columns, case.history + 1, data / f"{case.columns}x{case.history + 1}")
    log = data / "log"
    spark = compare_session(case.heap, logged(log), apart=data / "spark-home" if case.apart else None)
    marker = wanted.folder / "made"
    if not marker.exists():
        report_progress(f"making {case.columns:,} columns × {case.history + 1} runs in {wanted.folder} …")
        started = time.monotonic()
        make_store(spark, wanted)
        marker.touch()
        report_progress(f"made in {time.monotonic() - started:.0f} s")
    config = wanted.config()
    seconds: list[float] = []
    cpu: list[float] = []
    marks = []
    for run in wanted.run_ids[-2:]:
        report_progress(f"comparing {run} …")
        started, busy = time.monotonic(), cpu_seconds()
        marks.append(time.time())
        outcome = compare_runs(config, [run], session=spark)
        seconds.append(time.monotonic() - started)
        cpu.append(cpu_seconds() - busy)
    peaks = {
        "driver_python_peak_mib": peak_mib(),
        "worker_peak_mib": worker_peak_mib(),
        "jvm_peak_mib": peak_mib(lambda command: b"org.apache.spark.deploy" in command),
        "executor_jvm_peak_mib": peak_mib(lambda command: b"CoarseGrainedExecutorBackend" in command),
    }
    spark.stop()
    traffic = read_log(log, marks[-1])
    if not case.keep:
        shutil.rmtree(wanted.folder)
    more = {
        "history": case.history,
        "first_seconds": round(seconds[0], 1),
        "cpu_seconds": round(cpu[-1], 1),
        "milliseconds_a_column": round(1000 * seconds[-1] / case.columns, 2),
        "shifts": outcome.shifts,
        "findings": len(outcome.findings),
        **{name: round(peak) for name, peak in peaks.items() if peak is not None},
        "heap": case.heap,
        "read_kib_a_column": round(traffic.read / 2**10 / case.columns, 1),
        "shuffle_mib": round(traffic.shuffled / 2**20),
        "spilled_mib": round(traffic.spilled / 2**20),
    }
    return Result(case.name, case.rows, case.columns, seconds[-1], None, tuple(seconds[-1:]), more)
