"""Profiles and compares run after run into one store, maintains it now and then, and measures each run."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, Final

from stageprint.model.upkeep import StoredFiles
from stageprint.pipeline.compare import compare
from stageprint.pipeline.maintain import MaintainOptions, maintain
from stageprint.pipeline.profile import profile
from stageprint.pipeline.tables import all_tables
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.delta.upkeep import DeltaUpkeep
from tests.soak.pipeline import pipeline, run_ids, tables_of
from tests.support.memory_engine import MemoryEngine

RUNS_UNTIL_REFERENCES_ARE_FULL: Final = 28
"""A comparison reads as many earlier runs; the first runs have fewer, and are quicker."""

_RUNS_AVERAGED: Final = 20


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run cost, and what the store occupied after it.

    Attributes:
        run_id: The run.
        seconds: Wall-clock time of profile and comparison.
        cpu_seconds: Processor time of both, of all threads.
        files: All files of the store, with those of old versions and logs.
        bytes: Their size in bytes.
        resident_bytes: Memory of the process after the run.
        maintain_seconds: Time of the maintenance after the run; None: there was none.
    """

    run_id: str
    seconds: float
    cpu_seconds: float
    files: int
    bytes: int
    resident_bytes: int
    maintain_seconds: float | None


def soak(
    folder: Path, runs: int, *, maintain_every: int | None, keep_runs: int, tell: Callable[[Measured], None]
) -> list[Measured]:
    """Return what each run cost, one after the other in this process.

    Args:
        folder: Where the store is made.
        runs: Number of runs.
        maintain_every: After how many runs the store is maintained; None: never.
        keep_runs: Number of newest runs that maintenance keeps.
        tell: Is told of each run.
    """
    config = pipeline(keep_runs)
    store = DeltaStore(str(folder), config.pipeline)
    upkeep = DeltaUpkeep(store)
    measured = []
    for number, run in enumerate(run_ids(runs), 1):
        engine = MemoryEngine({run: tables_of(run)})
        started, cpu = time.monotonic(), time.process_time()
        profile(config, [run], engine=engine, store=store)
        compare(config, [run], store=store)
        seconds, cpu_seconds = time.monotonic() - started, time.process_time() - cpu
        maintained = None
        if maintain_every is not None and number % maintain_every == 0:
            # Nothing else uses the store, and no old version of the last minutes is a week old.
            outcome = maintain(config, store=store, upkeep=upkeep, options=MaintainOptions(now=True))
            maintained = outcome.seconds
        files = reduce(add, (upkeep.files(table) for table in all_tables()), StoredFiles(0, 0, 0, 0))
        gc.collect()
        measured.append(
            Measured(run, seconds, cpu_seconds, files.all_files or 0, files.all_bytes or 0, _resident(), maintained)
        )
        tell(measured[-1])
    return measured


def summary(measured: Sequence[Measured], *, maintain_every: int | None, keep_runs: int) -> dict[str, Any]:
    """Return the figures to publish, and every run.

    Start and end are medians over 20 runs: the first ones that have all their references, and the last ones.
    """
    full = measured[RUNS_UNTIL_REFERENCES_ARE_FULL:]
    start, end = full[:_RUNS_AVERAGED], full[-_RUNS_AVERAGED:]
    first = measured[: _RUNS_AVERAGED // 2]

    def median(of: Sequence[Measured], name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in of))

    return {
        "runs": len(measured),
        "tables": len(tables_of(measured[0].run_id)),
        "columns": sum(table.num_columns for table in tables_of(measured[0].run_id).values()),
        "maintain_every": maintain_every,
        "keep_runs": keep_runs,
        "cpu_seconds_first_runs": round(median(first, "cpu_seconds"), 3),
        "cpu_seconds_start": round(median(start, "cpu_seconds"), 3),
        "cpu_seconds_end": round(median(end, "cpu_seconds"), 3),
        "cpu_end_over_start": round(median(end, "cpu_seconds") / median(start, "cpu_seconds"), 3),
        "seconds_start": round(median(start, "seconds"), 3),
        "seconds_end": round(median(end, "seconds"), 3),
        "end_over_start": round(median(end, "seconds") / median(start, "seconds"), 3),
        "files_most": max(one.files for one in measured),
        "files_last": measured[-1].files,
        "bytes_last": measured[-1].bytes,
        "resident_mib_start": round(median(start, "resident_bytes") / 2**20, 1),
        "resident_mib_end": round(median(end, "resident_bytes") / 2**20, 1),
        "maintain_seconds": [round(one.maintain_seconds, 2) for one in measured if one.maintain_seconds is not None],
        "each": [asdict(one) for one in measured],
    }


def _resident() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024
