"""Measures `stageprint compare` on synthetic stores of many columns and long histories; one JSON object a line."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.bench.column_store import ManyColumns, make_store
from scripts.bench.measure import Result, cpu_seconds, peak_mib, say, worker_peak_mib
from scripts.bench.spark_log import logged, read_log


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it.

    Returns:
        0, or 1 where a case failed.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("build/bench/compare"), help="where the stores are made")
    parser.add_argument("--columns", type=int, nargs="*", default=[10_000, 30_000, 100_000], help="columns of a run")
    parser.add_argument("--history", type=int, nargs="*", default=[8], help="runs before the one compared")
    parser.add_argument(
        "--heap", default="1g", help="heap of Spark's driver, which without --apart is the executor too"
    )
    parser.add_argument("--apart", action="store_true", help="the executor in a process of its own")
    parser.add_argument("--keep", action="store_true", help="keep the stores")
    parser.add_argument("--case", type=int, nargs=2, metavar=("COLUMNS", "HISTORY"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.case is not None:
        print(
            _case(options.data.resolve(), options.case, options.heap, options.apart, options.keep).as_json(), flush=True
        )
        return 0
    status = 0
    for columns in options.columns:
        for history in options.history:
            # A process of its own: peaks of memory are those of one case.
            words = ["--data", str(options.data), "--heap", options.heap, "--case", str(columns), str(history)]
            words += ["--apart"] if options.apart else []
            words += ["--keep"] if options.keep else []
            status |= subprocess.run([sys.executable, __file__, *words], check=False).returncode  # noqa: S603 -- ours
    return int(status != 0)


def _case(data: Path, case: Sequence[int], heap: str, apart: bool, keep: bool) -> Result:
    from profiling.spark.compare import compare_runs  # noqa: PLC0415 -- after the arguments are known to be right
    from scripts.bench.session import compare_session  # noqa: PLC0415

    columns, history = case
    wanted = ManyColumns(columns, history + 1, data / f"{columns}x{history + 1}")
    log = data / "log"
    spark = compare_session(heap, logged(log), apart=data / "spark-home" if apart else None)
    marker = wanted.folder / "made"
    if not marker.exists():
        say(f"making {columns:,} columns × {history + 1} runs in {wanted.folder} …")
        started = time.monotonic()
        make_store(spark, wanted)
        marker.touch()
        say(f"made in {time.monotonic() - started:.0f} s")
    config = wanted.config()
    seconds: list[float] = []
    cpu: list[float] = []
    marks = []
    for run in wanted.run_ids[-2:]:
        say(f"comparing {run} …")
        started, busy = time.monotonic(), cpu_seconds()
        marks.append(time.time())
        outcome = compare_runs(config, [run], session=spark)
        seconds.append(time.monotonic() - started)
        cpu.append(cpu_seconds() - busy)
    peaks = {"python_driver_peak_mib": peak_mib(), "python_worker_peak_mib": worker_peak_mib()}
    jvm = peak_mib(lambda command: b"org.apache.spark.deploy" in command)
    executor = peak_mib(lambda command: b"CoarseGrainedExecutorBackend" in command)
    spark.stop()
    traffic = read_log(log, marks[-1])
    if not keep:
        import shutil  # noqa: PLC0415

        shutil.rmtree(wanted.folder)
    more = {
        "history": history,
        "first_seconds": round(seconds[0], 1),
        "cpu_seconds": round(cpu[-1], 1),
        "shifts": outcome.shifts,
        "findings": len(outcome.findings),
        **{name: value and round(value) for name, value in peaks.items()},
        "jvm_peak_mib": jvm and round(jvm),
        "executor_jvm_peak_mib": executor and round(executor),
        "heap": heap,
        "shuffle_mib": round(traffic.shuffled / 2**20),
        "spilled_mib": round(traffic.spilled / 2**20),
        "read_kib_a_column": round(traffic.read / 2**10 / columns, 1),
        "milliseconds_a_column": round(1000 * seconds[-1] / columns, 2),
    }
    return Result("compare", columns * (history + 1), columns, seconds[-1], None, tuple(seconds[-1:]), more)


if __name__ == "__main__":
    sys.exit(main())
