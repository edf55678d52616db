"""What is done in processes of their own: the commands that are killed, the questions, and the counts of rows."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pyarrow as pa

from stageprint.cli import program, wiring
from stageprint.config.sensitive import HASH_KEY_VARIABLE
from stageprint.model.result_tables import ResultTable
from stageprint.model.where import Where
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import all_tables
from stageprint.ports import RowSource
from stageprint.stores.delta.store import DeltaStore
from tests.kills.world import RUNS, TARGET, Command, config, tables
from tests.support.memory_engine import MemoryEngine
from tests.support.planted_faults import SECRET

_KEY = ("run_id", "kind", "stage", "table_name", "slice_key", "slice_value", "column_name", "statistic", "check_name")
_MORE = {"findings": ("cause",), "calibration": ("column_kind", "statistic", "backtests", "behaviour", "runs")}


@dataclass(frozen=True)
class ToldStore(DeltaStore):
    """A store that tells another process of each write, before and after.

    Attributes:
        told: Where it is told.
    """

    told: Connection | None = None

    def replace(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table], which: Where) -> None:
        """Write, and tell of it."""
        self._tell("before")
        super().replace(table, rows, which)
        self._tell("after")

    def append(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        """Write, and tell of it."""
        self._tell("before")
        super().append(table, rows, which)
        self._tell("after")

    def _tell(self, what: str) -> None:
        if self.told is not None:
            self.told.send(what)


def run(folder: Path, commands: Sequence[Command], told: Connection) -> None:
    """Run commands about the last run, and tell of each write."""
    for command in commands:
        _run(ToldStore(str(folder / "store"), "shop", told=told), command, [TARGET])
    told.send("done")


def prepare(folder: Path, told: Connection) -> None:
    """Profile and compare all runs but the last."""
    store = DeltaStore(str(folder / "store"), "shop")
    _run(store, Command("profile"), RUNS[:-1])
    _run(store, Command("compare"), RUNS[:-1])
    told.send("done")


def _run(store: DeltaStore, command: Command, runs: Sequence[str]) -> None:
    os.environ[HASH_KEY_VARIABLE] = SECRET
    pipeline = config(Path(store.location).parent)
    if command.name == "profile":
        profile(pipeline, runs, engine=MemoryEngine(tables(command.data)), store=store, stages=command.stages)
    else:
        compare(pipeline, runs, store=store)


def ask(folder: Path, answer: Connection) -> None:
    """Ask `findings` about the last run, as JSON and as text: its exit status, its rows and its text."""
    store = DeltaStore(str(folder / "store"), "shop")
    wiring.open_results = lambda config: Results(store)  # noqa: ARG005 -- in this process alone
    words = ["findings", "--config", str(folder / "shop.yml"), "--run", TARGET]
    found: dict[str, Any] = {}
    for name in ("text", "json"):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            found["status"] = program.run([*words, "--format", name])
        found[name] = json.loads(out.getvalue() or "[]") if name == "json" else out.getvalue() + err.getvalue()
    answer.send(found)


def count(folder: Path, answer: Connection) -> None:
    """Count the rows of each result table by their keys: those that readers see, and all that are stored."""
    store = DeltaStore(str(folder / "store"), "shop")
    known = CommittedStore(store)
    answer.send(
        {
            "seen": {t.name: _keys(known, t) for t in all_tables()},
            "stored": {t.name: _keys(store, t) for t in all_tables()},
        }
    )


def _keys(store: Any, table: ResultTable) -> Counter[tuple[str, ...]]:
    names = [name for name in (*_KEY, *_MORE.get(table.name, ())) if name in table.arrow_schema.names]
    rows = store.read(table, columns=list(dict.fromkeys(names)))
    return Counter(tuple(str(row[name]) for name in rows.column_names) for row in rows.to_pylist())
