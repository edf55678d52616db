"""Profiles of runs by the package's own states, kept below ``build/``: judging again profiles nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import feather

import stageprint
from scripts.yardsticks.packages import BUILD
from stageprint.config.loader import build_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.model.result_tables import MANIFESTS, RUNS, TABLE_PROFILES, ResultTable
from stageprint.model.where import where
from stageprint.pipeline.profile import profile
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.memory import MemoryStore
from tests.support.memory_engine import MemoryEngine

STAGE: Final = "raw"
BATCH_ROWS: Final = 1_000_000
"""Rows that make a partial state: more than any run has, so that each table is one batch."""

_PACKAGE: Final = Path(stageprint.__file__).parent
_NOT_PROFILING: Final = (
    "alerts",
    "checks",
    "cli",
    "decision",
    "diagnosis",
    "pipeline/compare",
    "report",
    "serving",
    "shifts",
    "skew",
    "stores/delta",
    "stores/spark",
    "engines",
)
"""Rooms of the package that no profile depends on: a change there leaves the kept profiles as they are."""

Profiles = Mapping[str, pa.Table]
"""Name of a result table → its rows of some runs."""


def config_of(name: str, tables: Iterable[str], calendar: Mapping[str, Any] | None = None) -> PipelineConfig:
    """Return a configuration that says nothing but the names of the tables: everything else is the default.

    Args:
        name: The pipeline.
        tables: Names of its tables.
        calendar: The block ``calendar``; None: there is none.
    """
    described = [{"name": table, "source": {"table": f"yardsticks.{table}"}} for table in tables]
    more = {} if calendar is None else {"calendar": dict(calendar)}
    return build_config({"pipeline": name, "store": "unused", "stages": [{"name": STAGE, "tables": described}], **more})


def tables_of(runs: Mapping[str, Mapping[str, pa.Table]]) -> list[str]:
    """Return the names of all tables that some run has, in the order of their first occurrence."""
    return list(dict.fromkeys(name for tables in runs.values() for name in tables))


def profiled(config: PipelineConfig, runs: Mapping[str, Mapping[str, pa.Table]], *, keep: bool = True) -> Profiles:
    """Return the profiles of the runs.

    Args:
        config: The pipeline.
        runs: Run → table → its rows.
        keep: Take them from ``build/`` where they are kept there, and keep them otherwise.
    """
    if not keep:
        return _made(config, runs)
    folder = BUILD / "profiles" / f"{config.pipeline}-{_key(config, runs)}"
    names = [table.name for table in _tables()]
    if not folder.exists():
        made = _made(config, runs)
        unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
        unfinished.mkdir(parents=True, exist_ok=True)
        for name in names:
            feather.write_feather(made[name], unfinished / f"{name}.arrow", compression="lz4")
        if folder.exists():  # another process was faster
            return made
        unfinished.rename(folder)
    return {name: feather.read_table(folder / f"{name}.arrow", memory_map=False) for name in names}


def put(store: MemoryStore, profiles: Profiles, run: str) -> None:
    """Write the profiles of a run into a store."""
    for table in _tables():
        rows = profiles[table.name]
        store.replace(table, rows.filter(pa.compute.equal(rows["run_id"], run)), where(run_id=run))


def _made(config: PipelineConfig, runs: Mapping[str, Mapping[str, pa.Table]]) -> dict[str, pa.Table]:
    rows = {run: {f"{STAGE}.{name}": table for name, table in tables.items()} for run, tables in runs.items()}
    engine = MemoryEngine(rows, BATCH_ROWS)
    store = MemoryStore(config.pipeline)
    profile(config, list(runs), engine=engine, store=store)
    return {table.name: store.read(table).combine_chunks() for table in _tables()}


def _tables() -> Iterator[ResultTable]:
    yield from (MANIFESTS, RUNS, TABLE_PROFILES, column_profiles())


def _key(config: PipelineConfig, runs: Mapping[str, Mapping[str, pa.Table]]) -> str:
    found = hashlib.sha256(_code().encode())
    found.update(config.model_dump_json(exclude={"decision"}).encode())
    for run, tables in runs.items():
        for name, table in tables.items():
            found.update(f"{run}/{name}".encode())
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table.combine_chunks())
            found.update(np.frombuffer(sink.getvalue(), np.uint8).tobytes())
    return found.hexdigest()[:16]


@cache
def _code() -> str:
    """Return a hash of the code that makes profiles."""
    found = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        place = path.relative_to(_PACKAGE).as_posix()
        if not place.startswith(_NOT_PROFILING):
            found.update(place.encode() + path.read_bytes())
    return found.hexdigest()
