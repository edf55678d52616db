"""The command line without Spark: a store and use cases that remember what they were asked."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from stageprint.cli import wiring
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import ReadPath
from stageprint.errors import UsageError, did_you_mean
from stageprint.model import CheckOutcome, ColumnKey, Finding, Severity, TableKey
from stageprint.model.alert import Alert, AlertEvent
from stageprint.model.incident import IncidentStatus, StoredIncident
from stageprint.model.outcomes import (
    AlertOutcome,
    CheckRunsOutcome,
    CompareOutcome,
    NotifyOutcome,
    ProfileOutcome,
    TableOutcome,
)
from stageprint.model.run_state import RunState
from stageprint.model.run_status import RunStatus, StatusVerdict
from stageprint.model.upkeep import (
    DeleteOutcome,
    MaintainOutcome,
    PurgeOutcome,
    RunDecision,
    StoredFiles,
    TableDecision,
    TableUpkeep,
)
from stageprint.pipeline.incidents.desk import AcceptedIncident
from stageprint.ports import Progress
from stageprint.skew.records import ColumnSkew, TableSkew
from tests.support.report import ReadableStore

FAKED = (
    "list_runs",
    "profile_runs",
    "merge_runs",
    "compare_runs",
    "first_look",
    "diff_runs",
    "check_runs",
    "suggest_checks",
    "compare_rows",
    "open_results",
    "make_views",
    "open_incidents",
    "open_marks",
    "notify_run",
    "maintain_store",
    "delete_runs",
    "purge_column",
    "run_status",
)
Capture = pytest.CaptureFixture[str]

CONFIG = """\
pipeline: shop
store: ./observability
stages:
  - name: raw
    tables:
      - {name: orders, source: {format: csv, path: "data/{run_date}/orders.csv"}}
      - {name: customers, source: {table: main.shop.customers}}
  - name: joined
    upstream: [raw]
    tables:
      - {name: orders, source: {format: parquet, path: "data/{run_id}/joined"}}
"""

RUNS = ["2013-01", "2013-02", "2013-03"]
MOMENT = dt.datetime(2026, 3, 2, 4, 30, tzinfo=dt.timezone.utc)


def finding(severity: str = "critical", run_id: str = "2013-03", **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "finding_id": f"{run_id}-{severity}",
        "run_id": run_id,
        "severity": severity,
        "cause": "unit_change",
        "class": "data",
        "stage": "raw",
        "table": "orders",
        "column": "price",
        "first_run": "2013-02",
        "explains": ["joined.orders.price"],
        "confidence": 0.9,
        "alternatives": [],
        "evidence": {"factor": 100.0},
        "sentence": "raw.orders.price is a hundred times what it was.",
    }
    return row | changes


class FakeStore(ReadableStore):
    """A store of three runs; tests change what it holds."""

    def __init__(self) -> None:
        self.run_rows = [
            {
                "run_id": run,
                "status": "ok",
                "tables_profiled": 3,
                "tables_failed": 0,
                "logical_date": None,
                "merged": False,
            }
            for run in RUNS
        ]
        self.finding_rows = [finding()]
        self.check_results = []
        self.path: str | None = "./observability"
        self.run_states: dict[str, RunState] = {}
        self.failures: dict[str, dict[TableKey, str]] = {}
        self.notes: dict[str, list[str]] = {}
        self.stored_incidents: list[StoredIncident] = [incident()]
        self.compared_rows: dict[str, dict[str, Any]] = {
            run: {"columns": 131, "tables": 11, "baseline": "auto"} for run in RUNS
        }

    def incidents(self) -> list[StoredIncident]:
        return self.stored_incidents

    def accepted_by_person(self) -> set[str]:
        return {one.incident_id for one in self.stored_incidents if one.is_accepted_by_person}

    def runs_without_incidents(self) -> list[str]:
        return sorted({row["run_id"] for row in self.finding_rows if row.get("incident_id") is None})

    def failed_again(self, runs: Sequence[str]) -> dict[str, dict[TableKey, str]]:
        return {run: failed for run, failed in self.failures.items() if run in runs}

    def states(self, runs: Sequence[str]) -> dict[str, RunState]:
        return {run: self.run_states.get(run, RunState.CURRENT) for run in runs}

    def run_ids(self) -> list[str]:
        return [row["run_id"] for row in self.run_rows]

    def compared(self, runs: Sequence[str]) -> dict[str, dict[str, Any]]:
        return {run: row for run, row in self.compared_rows.items() if run in runs}

    def history(self, stage: str, table: str, column: str) -> list[dict[str, Any]]:
        if column != "price":
            message = f"{stage}.{table} has no column {column!r} – did you mean 'price'?"
            raise UsageError(message)
        return [
            {"run_id": run, "status": "ok", "row_count": 28_796, "null_share": 0.0125, "mean": 3.5, "severity": "none"}
            for run in RUNS
        ]

    def table_rows(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {
                "run_id": run,
                "stage": "raw",
                "table": "orders",
                "status": "ok",
                "error": None,
                "row_count": 5,
                "column_count": 1,
            }
            for run in runs
        ]

    def source_notes(self, runs: Sequence[str]) -> dict[str, list[str]]:
        return {run: self.notes.get(run, []) for run in runs}

    def column_rows(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        del only
        return [
            {
                "run_id": run,
                "stage": "raw",
                "table": "orders",
                "column": "price",
                "column_position": 0,
                "data_type": "double",
                "column_kind": "float",
                "null_share": 0.0,
                "severity": None,
                "statistic": None,
                "explanation": None,
            }
            for run in runs
        ]


class FakeMarks:
    """The marks of a store: remembers them."""

    def __init__(self) -> None:
        self.bad: dict[str, str] = {"2013-02": "test data"}
        self.accepted: list[tuple[str, str | None]] = []

    def mark_bad(self, run: str, reason: str) -> None:
        self.bad[run] = reason

    def clear(self, run: str) -> bool:
        return self.bad.pop(run, None) is not None

    def accept(self, finding_id: str, reason: str | None) -> list[ColumnKey]:
        self.accepted.append((finding_id, reason))
        return [ColumnKey("raw", "orders", "price"), ColumnKey("joined", "orders", "price")]


def incident(status: str = "new", **changes: Any) -> StoredIncident:
    """Return an incident of the column that `finding` is about."""
    found = StoredIncident(
        incident_id="3f2a9c0d11223344",
        run_id="2013-03",
        baseline="auto",
        status=IncidentStatus(status),
        severity=Severity.CRITICAL,
        worst_severity=Severity.CRITICAL,
        cause="unit_change",
        finding_class="data",
        origin=ColumnKey("raw", "orders", "price"),
        opened_run="2013-03",
        last_run="2013-03",
        sentence="raw.orders.price is a hundred times what it was.",
        opened_at=MOMENT,
        last_seen_at=MOMENT,
    )
    return dataclasses.replace(found, **changes)


class FakeDesk:
    """What people say of incidents: remembers it."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, str | None]] = []

    def acknowledge(self, name: str, why: str | None) -> StoredIncident:
        self.said.append(("ack", name, why))
        return incident()

    def resolve(self, name: str, why: str) -> StoredIncident:
        self.said.append(("resolve", name, why))
        return incident("resolved")

    def finding_accepted(self, finding_id: str, why: str | None) -> None:
        self.said.append(("finding", finding_id, why))

    def accept(self, name: str, why: str) -> AcceptedIncident:
        self.said.append(("accept", name, why))
        return AcceptedIncident(incident("accepted"), (ColumnKey("raw", "orders", "price"),))


class Fakes:
    """Stands in for everything in `stageprint.cli.wiring` that starts Spark; remembers the calls."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.views: list[str] | str = "CREATE TEMPORARY VIEW open_findings AS SELECT 1;"
        self.marks = FakeMarks()
        self.desk = FakeDesk()
        self.calls: list[tuple[str, Any]] = []
        self.remarks: list[dict[str, Any]] = []
        self.profiled = ProfileOutcome([table_outcome("2013-05")], "./observability", 4.2)
        self.found = CompareOutcome([], 12, 131, [], 2.0, "./observability")
        files = StoredFiles(600, 6_000_000, 611, 7_600_000), StoredFiles(9, 5_000_000, 40, 6_000_000)
        self.maintained = MaintainOutcome(
            runs=[
                RunDecision("2013-01", True, "not among the newest 2 runs"),
                RunDecision("2013-02", False, "it is marked as bad: test data"),
            ],
            tables=[TableDecision(TableKey("raw", "orders"), ["2013-03"])],
            leftovers=5,
            result_tables=[TableUpkeep("shifts", 812, *files)],
            notes=["2 runs are left"],
            dry_run=False,
            store="./observability",
            seconds=4.2,
        )
        self.notified = NotifyOutcome([alert_outcome()], 2, "./observability")
        self.status = RunStatus("shop", StatusVerdict.UNKNOWN, "nothing can be said")
        self.checked = CheckRunsOutcome([], [], 2.0, "./observability")
        self.listed = list(RUNS)
        self.engines: list[str | None] = []
        self.error: BaseException | None = None

    def profile_runs(
        self,
        config: PipelineConfig,
        runs: Sequence[str],
        *,
        stages: Sequence[str],
        tables: Sequence[str],
        progress: Progress,
        engine: str | None = None,
    ) -> ProfileOutcome:
        del config
        self.engines.append(engine)
        self.calls.append(("profile", (list(runs), tuple(stages), tuple(tables))))
        if self.error is not None:
            raise self.error
        progress.start(len(self.profiled.tables), "tables")
        for table in self.profiled.tables:
            progress.advance(table)
        return self.profiled

    def first_look(self, config: PipelineConfig, results: Any, runs: Sequence[str]) -> list[dict[str, Any]]:
        del config, results
        return [row for row in self.remarks if row["run_id"] in runs]

    def diff_runs(self, config: PipelineConfig, old: str, new: str) -> CompareOutcome:
        del config
        self.calls.append(("diff", (old, new)))
        return self.found

    def compare_runs(
        self,
        config: PipelineConfig,
        runs: Sequence[str],
        *,
        baseline: str,
        progress: Progress,
    ) -> CompareOutcome:
        del config, progress
        named = [("baseline", baseline.removeprefix("run:"))] if baseline.startswith("run:") else []
        for what, run in [*(("run", run) for run in runs), *named]:
            if run not in RUNS:
                message = f"{what} {run!r} is not in the store{did_you_mean(run, RUNS)}"
                raise UsageError(message)
        if self.error is not None:
            raise self.error
        self.calls.append(("compare", (list(runs), baseline)))
        return self.found

    def check_runs(
        self,
        config: PipelineConfig,
        runs: Sequence[str],
        *,
        stages: Sequence[str],
        tables: Sequence[str],
        progress: Progress,
    ) -> CheckRunsOutcome:
        del config, progress
        self.calls.append(("check", (list(runs), tuple(stages), tuple(tables))))
        return self.checked

    def suggest_checks(
        self,
        config: PipelineConfig,
        *,
        stages: Sequence[str],
        tables: Sequence[str],
        last: int | None,
        progress: Progress,
    ) -> list[SimpleNamespace]:
        del config, progress
        self.calls.append(("suggest", (tuple(stages), tuple(tables), last)))
        return [SimpleNamespace(text=text) for text in ("checks:\n  - a\n", "checks:\n  - b\n")]

    def list_runs(
        self, config: PipelineConfig, engine: ReadPath | None, stages: Sequence[str], tables: Sequence[str]
    ) -> list[str]:
        del config, engine, stages, tables
        return self.listed

    def open_results(self, config: PipelineConfig) -> FakeStore:
        del config
        if self.error is not None:
            raise self.error
        return self.store

    def make_views(self, config: PipelineConfig) -> list[str] | str:
        del config
        return self.views

    def merge_runs(
        self,
        config: PipelineConfig,
        runs: Sequence[str],
        into: str,
        *,
        stages: Sequence[str],
        tables: Sequence[str],
        progress: Progress,
    ) -> ProfileOutcome:
        del config, progress
        self.calls.append(("merge", (list(runs), into, tuple(stages), tuple(tables))))
        return self.profiled

    def compare_rows(
        self, config: PipelineConfig, run: str, left: str, right: str, *, tables: Sequence[str]
    ) -> list[TableSkew]:
        del config
        self.calls.append(("skew", (run, left, right, tuple(tables))))
        keys = TableKey(left, "orders"), TableKey(right, "orders")
        return [TableSkew(*keys, ("id",), 2, 2, 2, 0, 0, 0, 0, (ColumnSkew("price", "int", "int", 2),))]

    def notify_run(self, config: PipelineConfig, run: str | None, *, dry_run: bool, test: bool) -> NotifyOutcome:
        del config
        self.calls.append(("notify", (run, dry_run, test)))
        return self.notified

    def maintain_store(
        self, config: PipelineConfig, *, dry_run: bool, include_marked: bool, now: bool, progress: Progress
    ) -> MaintainOutcome:
        del config, progress
        self.calls.append(("maintain", (dry_run, include_marked, now)))
        return dataclasses.replace(self.maintained, dry_run=dry_run)

    def delete_runs(self, config: PipelineConfig, runs: Sequence[str], *, dry_run: bool) -> DeleteOutcome:
        del config
        self.calls.append(("delete", (list(runs), dry_run)))
        rows = {"runs": 1, "table_profiles": 3}
        return DeleteOutcome(list(runs), rows, ["run 2013-01 began a shift"], dry_run, "./observability")

    def purge_column(
        self, config: PipelineConfig, column: str, *, now: bool, dry_run: bool, progress: Progress
    ) -> PurgeOutcome:
        del config, progress
        self.calls.append(("purge", (column, now, dry_run)))
        key = ColumnKey("raw", "orders", "price")
        left = [] if now else ["files of old versions hold it until then"]
        rows, changed = {"shifts": 28, "marks": 0}, {"findings": 2}
        return PurgeOutcome(key, rows, changed, ["2013-03"], left, ["a note"], dry_run, "./observability")

    def run_status(
        self,
        config: PipelineConfig,
        *,
        run: str | None,
        expect_by: str | None,
        max_age: str | None,
        timezone: str | None,
        fail_on: Severity | None,
    ) -> RunStatus:
        del config
        self.calls.append(("status", (run, expect_by, max_age, timezone, fail_on)))
        return self.status

    def open_incidents(self, config: PipelineConfig) -> FakeDesk:
        del config
        return self.desk

    def open_marks(self, config: PipelineConfig) -> FakeMarks:
        del config
        return self.marks

    def replace_wiring(self, patch: pytest.MonkeyPatch) -> None:
        """Put the fakes in the place of what starts Spark."""
        for name in FAKED:
            patch.setattr(wiring, name, getattr(self, name))


def table_outcome(run_id: str, error: str | None = None, table: str = "orders") -> TableOutcome:
    if error is not None:
        return TableOutcome(run_id, TableKey("raw", table), "failed", None, None, 0.1, error)
    return TableOutcome(run_id, TableKey("raw", table), "ok", 28_796, 19, 1.44)


def alert_outcome(problem: str | None = None) -> AlertOutcome:
    told = Alert(MOMENT, "shop", "2013-03", AlertEvent.OPENED, "3f2a", [incident().to_object()], [finding()])
    return AlertOutcome("log (notify[0])", told, problem)


def found(severity: Severity) -> Finding:
    return Finding(
        "f1",
        "2013-03",
        severity,
        "unit_change",
        "data",
        ColumnKey("raw", "orders", "price"),
        "2013-03",
        (),
        0.9,
        (),
        {},
        "raw.orders.price is a hundred times what it was.",
    )


def checked(status: Literal["pass", "fail", "not_computable"], severity: Severity = Severity.CRITICAL) -> CheckOutcome:
    key = ColumnKey("raw", "orders", "price")
    reason = "no values" if status == "not_computable" else None
    return CheckOutcome("2013-03", key, "not_null", status, severity, "no null", "5 nulls", reason)
