"""Queries over a pipeline's results: runs, findings, check results, the history of a column, rows for reports."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pyarrow.compute as pc

from stageprint.config.run_order import BY_NAME
from stageprint.errors import UsageError, did_you_mean
from stageprint.model import TABLE_LEVEL, Severity, TableKey
from stageprint.model.distinct_rows import distinct_rows
from stageprint.model.manifest import MANIFEST_ID, ManifestKind
from stageprint.model.result_tables import CHECK_RESULTS, FINDINGS, RUNS, SHIFTS, TABLE_PROFILES, ResultTable
from stageprint.model.run_state import RunState
from stageprint.model.where import EVERY_ROW, where
from stageprint.pipeline.column_results import COLUMN, ColumnResults
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.incidents.stored import IncidentResults
from stageprint.pipeline.manifests import failed_again, manifests_of
from stageprint.pipeline.run_states import run_states
from stageprint.pipeline.runs import in_stored_order, runs_without_row
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import ProfileStore

_HISTORY_FACTS: Final = (
    "data_type",
    "row_count",
    "null_count",
    "null_share",
    "distinct_count",
    "min_text",
    "max_text",
    "mean",
    "standard_deviation",
    "median",
    "quantiles",
    "top_items",
)

_NOT_REPORTED_OF_TABLES: Final = frozenset({"keys", "pipeline", "slice_key", "slice_value", MANIFEST_ID})


class Results(IncidentResults, ColumnResults):
    """Answers questions about the runs of one pipeline.

    Attributes:
        store: The pipeline's store.
        order: ``run_order`` of the pipeline's configuration.
    """

    def __init__(self, store: ProfileStore, order: str = BY_NAME) -> None:
        """Keep the store; nothing is read yet.

        Each question is about the rows that count when it is asked, unless the store is a `CommittedStore`, which
        answers all of them for the moment of the first.
        """
        self.store = store
        self.order = order

    @property
    def location(self) -> str:
        """Location of the store."""
        return self.store.location

    def runs(self) -> list[dict[str, Any]]:
        """Return the rows of `runs`, oldest first, as the configuration orders them now."""
        rows: list[dict[str, Any]] = self._read(RUNS).to_pylist()
        rows += runs_without_row(CommittedStore(self.store), [row["run_id"] for row in rows])
        return in_stored_order(rows, self.order)

    def run_ids(self) -> list[str]:
        """Return the names of all runs, in the order of `runs`."""
        return [row["run_id"] for row in self.runs()]

    def require_run(self, run_id: str, what: str = "run") -> None:
        """Raise `UsageError` unless the run was profiled."""
        self.require_runs([run_id], what)

    def require_runs(self, runs: Iterable[str], what: str = "run") -> list[str]:
        """Return the runs, each once, in the order of `runs`; the store is read once.

        Args:
            runs: Names of runs.
            what: What an error calls a run.

        Raises:
            UsageError: A run was never profiled.
        """
        known, wanted = self.run_ids(), list(runs)
        for run_id in wanted:
            if run_id not in known:
                hint = (
                    did_you_mean(run_id, known) if known else "; the store holds no run yet: `stageprint profile` first"
                )
                message = f"{what} {run_id!r} is not in the store {self.store.location}{hint}"
                raise UsageError(message)
        return [run_id for run_id in known if run_id in set(wanted)]

    def findings(self, run_id: str | None = None) -> list[dict[str, Any]]:
        """Return findings, worst first, with the keys of the JSON interface.

        Args:
            run_id: Only those of this run.

        Raises:
            UsageError: `run_id` was never profiled.
        """
        if run_id is not None:
            self.require_run(run_id)
        rows = self._read(FINDINGS, EVERY_ROW if run_id is None else where(run_id=run_id)).to_pylist()
        order = self._order()
        rows.sort(
            key=lambda row: (
                -Severity(row["severity"]).rank,
                -order.get(row["run_id"], -1),
                -(row["confidence"] or 0.0),
                row["finding_id"],
            )
        )
        stands = self.incident_status() if any(row["incident_id"] is not None for row in rows) else {}
        return [
            {
                **_object(FINDINGS, row),
                "column": _column(row),
                "evidence": json.loads(row["evidence"]),
                "incident_status": stands.get(row["incident_id"]),
            }
            for row in rows
        ]

    def check_rows(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        """Return the runs' check results with the keys of the JSON interface.

        Failures come first, the worst of them at the top, then what is not computable, then passes.
        """
        found = self._read(CHECK_RESULTS, where(run_id=runs, slice_key=None)).to_pylist()
        order = self._order()
        rows = [_object(CHECK_RESULTS, row) | {"column": _column(row)} for row in found]
        return sorted(
            rows,
            key=lambda row: (
                ("fail", "not_computable", "pass").index(row["status"]),
                -Severity(row["severity"]).rank,
                -order.get(row["run_id"], -1),
                row["stage"],
                row["table"],
                row["column"] or "",
                row["check"],
                row["expected"],
            ),
        )

    def history(self, stage: str, table: str, column: str) -> list[dict[str, Any]]:
        """Return the figures of one column in every run that profiled its table, oldest first.

        Raises:
            UsageError: The table was never profiled, or has no such column.
        """
        of_table = where(stage=stage, table_name=table, slice_key=None)
        stored = self._read(TABLE_PROFILES, of_table, ("run_id", "status", "row_count")).to_pylist()
        if not stored:
            message = f"{stage}.{table} was never profiled into {self.store.location}"
            raise UsageError(message)
        tables = {row["run_id"]: row for row in stored}
        of_column = of_table & where(column_name=column)
        profiles = self._read(column_profiles(), of_column, ("run_id", *_HISTORY_FACTS)).to_pylist()
        if not profiles:
            names = self._read(column_profiles(), of_table, ("column_name",))["column_name"]
            hint = did_you_mean(column, pc.unique(names).to_pylist())
            message = f"{stage}.{table} has no column {column!r}{hint}"
            raise UsageError(message)
        rows = {row["run_id"]: row for row in profiles}
        worst, advances = self.told_by_shifts(of_column)
        result = []
        for run in self.run_ids():
            if run not in tables:
                continue
            key = (run, stage, table, column)
            facts, flagged = rows.get(run, {}), worst.get(key)
            result.append(
                {
                    "run_id": run,
                    "status": tables[run]["status"],
                    **{name: facts.get(name) for name in _HISTORY_FACTS},
                    "row_count": tables[run]["row_count"],
                    "severity": flagged["severity"] if flagged is not None else "none",
                    "statistic": flagged["statistic"] if flagged is not None else None,
                    "explanation": flagged["explanation"] if flagged is not None else None,
                    "advances": advances.get(key),
                }
            )
        return result

    def states(self, runs: Sequence[str]) -> dict[str, RunState]:
        """Return whether anything can be said of runs that were profiled."""
        return run_states(CommittedStore(self.store).raw, runs)

    def failed_again(self, runs: Sequence[str]) -> dict[str, dict[TableKey, str]]:
        """Return, by run, the tables that could not be profiled again, each with the error; the earlier profile counts.

        Runs without such a table are missing.
        """
        store = CommittedStore(self.store).raw
        found: dict[str, dict[TableKey, str]] = {}
        by_run = manifests_of(store, runs)
        for run, manifests in by_run.items():
            for key, manifest in failed_again(manifests).items():
                rows = where(run_id=run, manifest_id=manifest.manifest_id, stage=key.stage, table_name=key.table)
                errors = store.read(TABLE_PROFILES, rows, ("error",))["error"].to_pylist()
                found.setdefault(run, {})[key] = errors[0] if errors else ""
        return found

    def compared_at(self, run_id: str) -> dt.datetime | None:
        """Return when the latest comparison of a run ended; None: none did."""
        manifests = manifests_of(CommittedStore(self.store).raw, [run_id])[run_id]
        ended = [one.finished_at for one in manifests if one.kind is ManifestKind.COMPARISON]
        return max((moment for moment in ended if moment is not None), default=None)

    def compared(self, runs: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return, for each compared run, the number of `columns` and `tables` with a result and the `baseline`."""
        names = (*COLUMN, "baseline", "reason")
        shifts = self._read(SHIFTS, where(run_id=runs, slice_key=None), names)
        found: dict[str, dict[str, Any]] = {}
        for row in distinct_rows(shifts, ("run_id", "baseline")).to_pylist():
            counted = found.setdefault(row["run_id"], {"columns": 0, "tables": 0, "baseline": row["baseline"]})
            if row["baseline"] is not None:
                counted["baseline"] = max(counted["baseline"] or "", row["baseline"])
        computed = shifts.filter(pc.is_null(shifts["reason"]))
        for row in distinct_rows(computed, COLUMN[:-1]).to_pylist():
            found[row["run_id"]]["tables"] += 1
        judged = computed.filter(pc.not_equal(computed["column_name"], TABLE_LEVEL))
        for row in distinct_rows(judged, COLUMN).to_pylist():
            found[row["run_id"]]["columns"] += 1
        return found

    def table_rows(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        """Return the runs' rows of `table_profiles` for whole tables, without sketches; `table` is the table's name."""
        names = [name.name for name in TABLE_PROFILES.columns if name.name not in _NOT_REPORTED_OF_TABLES]
        rows = self._read(TABLE_PROFILES, where(run_id=runs, slice_key=None), names).to_pylist()
        return [{"table" if name == "table_name" else name: value for name, value in row.items()} for row in rows]

    def source_notes(self, runs: Sequence[str]) -> dict[str, list[str]]:
        """Return, for each run, what was found in its sources besides the rows, as ``stage.table: sentence``."""
        names = ("run_id", "stage", "table_name", "status", "error", "source_notes")
        rows = self.store.read(TABLE_PROFILES, where(run_id=runs, slice_key=None), names).to_pylist()
        found: dict[str, list[str]] = {run: [] for run in runs}
        for row in sorted(rows, key=lambda row: (row["stage"], row["table_name"])):
            found[row["run_id"]] += [
                f"{row['stage']}.{row['table_name']}: {note}" for note in (*_unread(row), *(row["source_notes"] or ()))
            ]
        return found

    def _order(self) -> dict[str, int]:
        return {run: place for place, run in enumerate(self.run_ids())}


def _unread(row: Mapping[str, Any]) -> list[str]:
    """Return what could not be read of a table that was profiled all the same."""
    return [row["error"]] if row["status"] == "ok" and row["error"] else []


def _object(table: ResultTable, row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: row[column] for key, column in table.column_of_key.items()}


def _column(row: Mapping[str, Any]) -> str | None:
    return None if row["column_name"] == TABLE_LEVEL else row["column_name"]
