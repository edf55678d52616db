"""The data of the HTML report: rows of the result tables, collected for one run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from stageprint.config.pipeline import PipelineConfig
from stageprint.model import ColumnKey, TableKey
from stageprint.model.judged import Judged
from stageprint.model.run_state import RunState
from stageprint.redact import redacted
from stageprint.report.rows import Row

MAX_RUNS_SHOWN: Final = 30
"""Runs in a sparkline; the report's run is the last."""

MAX_COLUMNS_SHOWN: Final = 2000
"""With more columns, only tables with a finding show their columns' history, so that browsers can open the file."""


class ReportStore(Protocol):
    """What the report reads; `stageprint.stores.spark.store.Store` is one."""

    def runs(self) -> list[dict[str, Any]]:
        """Return the rows of `runs`, oldest first."""
        ...

    def findings(self, run_id: str | None = None) -> list[dict[str, Any]]:
        """Return a run's findings, worst first, with the keys of the JSON output."""
        ...

    def check_rows(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        """Return the runs' check results, failures first, with the keys of the JSON output."""
        ...

    def states(self, runs: Sequence[str]) -> dict[str, RunState]:
        """Return whether anything can be said of runs that were profiled."""
        ...

    def compared(self, runs: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return `columns` and `tables` (numbers with a result) and `baseline` for each run that was compared."""
        ...

    def judged(self, runs: Sequence[str]) -> dict[str, dict[TableKey, Judged]]:
        """Return, by run, how many columns of each table were judged, and by what; runs not known are missing."""
        ...

    def learning_columns(self, run_id: str, only: Sequence[TableKey] | None = None) -> dict[ColumnKey, int]:
        """Return the columns of a run that still learn → the number of further runs they need."""
        ...

    def table_rows(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        """Return rows of `table_profiles` for `runs`, without binary columns; `table` is the table's name."""
        ...

    def column_rows(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        """Return rows of `column_profiles` for `runs`, without states, with the worst shift of each column.

        Args:
            runs: The runs.
            only: Only columns of these tables.

        Returns:
            Dicts with `run_id, stage, table, column, column_position, data_type, column_kind`, the metrics, and
            `severity`, `statistic`, `explanation` of the column's worst shift (None if it has none).
        """
        ...

    def column_courses(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        """Return rows of `column_profiles` for `runs` with the figures that are drawn through the runs.

        Args:
            runs: The runs.
            only: Only columns of these tables.

        Returns:
            Dicts with `run_id, stage, table, column`, the figures, and `severity`, `statistic` of the column's worst
            shift.
        """
        ...

    def column_details(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        """Return what `column_rows` does, with every metric and all of `top_items`.

        Args:
            runs: The runs.
            only: Only columns of these tables.
        """
        ...


@dataclass(frozen=True, slots=True)
class StageInfo:
    """One stage of the graph, as configured."""

    name: str
    role: str | None
    upstream: tuple[str, ...]
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything that a report shows.

    Attributes:
        pipeline: The pipeline's name.
        store: Where the result tables are.
        run_id: The run the report is about.
        run: Its row of `runs`.
        runs: Runs of the sparklines, oldest first; the last is `run_id`.
        stages: The stage graph.
        config: The pipeline's configuration.
        findings: The run's findings, worst first, with the keys of the JSON output.
        first_look: What is suspicious by itself in tables that the run profiled first, with the same keys.
        checks: The run's check results, failures first, with the keys of the JSON output.
        tables: Rows of `table_profiles` of `runs` (`run_id, stage, table, status, error, row_count, …`).
        columns: Rows of `column_profiles` of `runs`: of `run_id` as `ReportStore.column_details` returns them, of the
            others as `column_courses` does.
        details: Every metric of the run, of the run before and of those that findings compare with, as
            `ReportStore.column_details` returns them; of the same tables as `columns`.
        others: Rows of the run, as `ReportStore.column_rows` returns them, of the tables that are left out there.
        compared: `columns`, `tables` and `baseline` of the run's comparison; None if it was not compared.
        judged: How many columns of each table the run's comparison judged, and by what; None if it is not known.
        learning: The listed columns that still learn → the number of further runs they need.
        earlier: Number of earlier runs.
        state: Whether anything can be said of the run.
        version: Version of stageprint that wrote the report.
        written_at: When it was written.
    """

    pipeline: str
    store: str
    run_id: str
    run: Row
    runs: tuple[str, ...]
    stages: tuple[StageInfo, ...]
    config: PipelineConfig
    findings: tuple[Row, ...]
    first_look: tuple[Row, ...]
    checks: tuple[Row, ...]
    tables: tuple[Row, ...]
    columns: tuple[Row, ...]
    details: tuple[Row, ...]
    others: tuple[Row, ...]
    compared: Row | None
    judged: Mapping[TableKey, Judged] | None
    learning: Mapping[ColumnKey, int]
    earlier: int
    state: RunState
    version: str
    written_at: dt.datetime

    @property
    def previous(self) -> str | None:
        """The run before; None: there is none."""
        return self.runs[-2] if len(self.runs) > 1 else None


def load_report(
    config: PipelineConfig,
    store: ReportStore,
    run_id: str,
    *,
    version: str,
    now: dt.datetime | None = None,
    first_look: Sequence[Row] = (),
) -> ReportData:
    """Return everything a run's report shows, read from the store.

    Args:
        config: The pipeline.
        store: Its store.
        run_id: A run that the store holds.
        version: Version of stageprint, shown in the footer.
        now: Time of writing; None means now.
        first_look: What is suspicious by itself in tables that the run profiled first.
    """
    known = store.runs()
    position = next(index for index, row in enumerate(known) if row["run_id"] == run_id)
    shown = tuple(row["run_id"] for row in known[max(0, position + 1 - MAX_RUNS_SHOWN) : position + 1])
    found = tuple(store.findings(run_id))
    tables = tuple(store.table_rows(shown))
    total = sum(row["column_count"] or 0 for row in tables if row["run_id"] == run_id)
    only = _named_tables(found) if total > MAX_COLUMNS_SHOWN else None
    detailed = {run_id, *shown[-2:], *_compared_with(found)} & set(shown)
    details = tuple(store.column_details(sorted(detailed), only))
    of_run = (row for row in details if row["run_id"] == run_id)
    columns = (*of_run, *store.column_courses(shown[:-1], only))
    others = () if only is None else _of_other_tables(store.column_rows([run_id]), only)
    judged = store.judged([run_id]).get(run_id)
    return ReportData(
        pipeline=config.pipeline,
        store=redacted(config.store),
        run_id=run_id,
        run=known[position],
        runs=shown,
        stages=tuple(
            StageInfo(stage.name, stage.role, stage.upstream, tuple(table.name for table in stage.tables))
            for stage in config.stages
        ),
        config=config,
        findings=found,
        first_look=tuple(first_look),
        checks=tuple(store.check_rows([run_id])),
        tables=tables,
        columns=columns,
        details=details,
        others=others,
        compared=store.compared([run_id]).get(run_id),
        judged=judged,
        learning=store.learning_columns(run_id, only) if Judged.total((judged or {}).values()).learning else {},
        earlier=position,
        state=store.states([run_id])[run_id],
        version=version,
        written_at=now or dt.datetime.now(dt.timezone.utc),
    )


def _named_tables(findings: Sequence[Row]) -> list[TableKey]:
    return list(dict.fromkeys(TableKey(finding["stage"], finding["table"]) for finding in findings))


def _compared_with(findings: Sequence[Row]) -> set[str]:
    """Return the runs that findings say they were compared with."""
    runs = {(finding["evidence"] or {}).get("reference_run") for finding in findings}
    return {run for run in runs if isinstance(run, str)}


def _of_other_tables(rows: Sequence[Row], only: Sequence[TableKey]) -> tuple[Row, ...]:
    listed = set(only)
    return tuple(row for row in rows if TableKey(row["stage"], row["table"]) not in listed)
