"""Measures the commands that read results, process start included, beside the import of what they cannot do without."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from scripts.benchmarks.data import small_tables
from scripts.benchmarks.measure import Result, median, report_progress
from stageprint.api import compare_runs, profile_runs
from stageprint.config.loader import load_config

TABLES: Final = 11
RUNS: Final = tuple(f"2020-01-{day:02d}" for day in range(1, 13))
IMPORTS: Final = (sys.executable, "-c", "import pyarrow, numpy")

_COMMANDS: Final[Mapping[str, Sequence[str]]] = {
    "findings": [],
    "runs list": [],
    "history": ["--stage", "raw", "--table", "t000", "--column", "x0"],
    "show": ["t000"],
    "status": [],
    "report": ["--run", RUNS[-1], "--out", "report.html"],
}


def bench_reading(data: Path, rounds: int) -> list[Result]:
    """Return the seconds of processor time of the imports and of the commands, on a store as large as the demo's.

    The store has 12 runs of 11 tables. What else the machine does changes the seconds of a clock, and hardly these.

    Args:
        data: Folder where the data is kept.
        rounds: Rounds, in each of which everything is run once.
    """
    report_progress("reading: findings, runs, history, show, status, report, beside importing pyarrow and numpy …")
    folder = small_tables(data, TABLES, 1000)
    with TemporaryDirectory() as home:
        config = Path(home) / "small.yml"
        tables = "".join(
            f"      - {{name: t{at:03d}, source: {{format: parquet, path: '{folder}/t{at:03d}'}}}}\n"
            for at in range(TABLES)
        )
        config.write_text(
            f"pipeline: small\nstore: {home}/store\nstages:\n  - name: raw\n    tables:\n{tables}", encoding="utf-8"
        )
        pipeline = load_config(str(config))
        profile_runs(pipeline, RUNS, engine="local")
        compare_runs(pipeline, RUNS)
        found: dict[str, list[float]] = {name: [] for name in ("imports", *_COMMANDS)}
        for _ in range(rounds + 1):
            found["imports"].append(_run(list(IMPORTS), home))
            for name, more in _COMMANDS.items():
                words = [*name.split(), "--config", str(config), *more]
                found[name].append(_run([sys.executable, "-m", "stageprint", *words], home))
    # The first round wrote what Python keeps of modules.
    seconds = {name: tuple(times[1:]) for name, times in found.items()}
    imports = median(seconds["imports"])
    return [
        Result(
            f"read {name}" if name != "imports" else "import pyarrow, numpy",
            1000 * TABLES * len(RUNS),
            8,
            median(times),
            None,
            times,
            {"ratio_to_imports": round(median(times) / imports, 2)},
        )
        for name, times in seconds.items()
    ]


def _run(command: list[str], folder: str) -> float:
    before = _processor_seconds()
    # As where the wheel is installed: modules are compiled once, and the report's template is kept.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    kept["STAGEPRINT_CACHE"] = f"{folder}/cache"
    done = subprocess.run(  # noqa: S603 -- our own
        command, cwd=folder, capture_output=True, text=True, check=False, env=kept
    )
    used = _processor_seconds() - before
    if done.returncode not in {0, 4}:  # 4: some columns of so few runs are still learning
        message = f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-500:]}"
        raise RuntimeError(message)
    return used


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
