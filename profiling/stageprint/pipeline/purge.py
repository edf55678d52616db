"""The use case behind ``stageprint purge``: removes what the store holds of a column, in all tables and all runs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import UsageError, did_you_mean
from stageprint.model import TABLE_LEVEL, ColumnKey
from stageprint.model.result_tables import (
    CHECK_RESULTS,
    FINDINGS,
    INCIDENTS,
    MARKS,
    SHIFTS,
    TABLE_PROFILES,
    ResultTable,
)
from stageprint.model.upkeep import PurgeOutcome
from stageprint.model.where import EVERY_ROW, Where, where
from stageprint.pipeline.maintain import tidy
from stageprint.pipeline.protected import require_no_writer
from stageprint.pipeline.purged_rows import PurgedColumn, Row, named_columns
from stageprint.pipeline.tables import all_tables, column_profiles
from stageprint.ports import ProfileStore, Progress, Silent, StoreUpkeep

_WITH_COLUMNS: Final = (SHIFTS, FINDINGS, CHECK_RESULTS, MARKS)
_MODEL_COLUMNS: Final = ("label", "prediction", "score")


def purge(
    config: PipelineConfig,
    column: str,
    *,
    store: ProfileStore,
    upkeep: StoreUpkeep,
    now: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> PurgeOutcome:
    """Remove what the store holds of a column: profiles, sketches, shifts, check results, accepted shifts, evidence.

    A finding about the column keeps its run, severity, cause and place, so that no run with a finding looks free of
    findings; its sentence and evidence are removed. The column's name and type stay in the schema of its table.

    Args:
        config: The pipeline.
        column: The column as ``stage.table.column``; columns nested in it go with it.
        store: The pipeline's store itself, not one that hides rows.
        upkeep: Its files.
        now: Also deletes the files and log entries of old versions; only while nothing else uses the store.
        dry_run: Only count.
        progress: Follows each result table.

    Returns:
        The rows that were removed and changed, and which bytes of the column are left until when.

    Raises:
        UsageError: The store has never held the column; `now` is set while a command writes to the store.
        StoreError: The store cannot be read or written.
    """
    progress = progress or Silent()
    purged = _purged(config, column)
    if now and not dry_run:
        require_no_writer(store)
    steps = _Steps(store, purged, dry_run=dry_run)
    left: list[str] = []
    try:
        progress.start(2, "steps")
        steps.run()
        progress.advance("rows")
        if not dry_run:
            left = _old_versions(upkeep, config, now=now)
        progress.advance("old versions")
    finally:
        progress.close()
    return PurgeOutcome(
        purged.key, steps.removed, steps.changed, steps.runs, left, steps.notes(), dry_run, store.location
    )


class _Steps:
    """Removes a column from one result table after the other; what was done can be done again."""

    def __init__(self, store: ProfileStore, purged: PurgedColumn, *, dry_run: bool) -> None:
        self._store, self._purged, self._dry_run = store, purged, dry_run
        self._names = self._stored_names()
        self.removed: dict[str, int] = {}
        self.changed: dict[str, int] = {}
        self.runs: list[str] = []

    def run(self) -> None:
        """Remove the column from every result table."""
        slices = self._slices()
        own = self._of_table(column_name=self._names)
        for table in (SHIFTS, column_profiles(), MARKS):
            self._remove(table, own | self._of_table(slice_key=slices))
        self._remove(TABLE_PROFILES, self._of_table(slice_key=slices))
        self._rewrite(TABLE_PROFILES, self._of_table(), self._purged.table_profile)
        self._filter(CHECK_RESULTS, self._of_table(), self._purged.of_check)
        self._redact_findings()

    def _of_table(self, **conditions: Sequence[str]) -> Where:
        key = self._purged.key
        return where(stage=key.stage, table_name=key.table, **conditions)

    def _stored_names(self) -> list[str]:
        """Return the stored names of the column and of the columns nested in it."""
        known: set[str] = set()
        for table in (column_profiles(), *_WITH_COLUMNS):
            found = pc.unique(self._store.read(table, self._of_table(), ("column_name",))["column_name"])
            known |= {name for name in found.to_pylist() if name not in {None, TABLE_LEVEL}}
        schemas = self._store.read(TABLE_PROFILES, self._of_table(), ("schema_json",))["schema_json"]
        for schema in pc.unique(schemas).to_pylist():
            known |= {field["name"] for field in json.loads(schema or "[]")}
        names = named_columns(known, self._purged)
        if not names:
            column = self._purged.key
            hint = did_you_mean(column.column, known) if known else f"; {column.table_key} was never profiled"
            message = f"the store {self._store.location} has never held column {column}{hint}"
            raise UsageError(message)
        return names

    def _slices(self) -> list[str]:
        """Return the keys of the slices of the table that are made of the column's values."""
        keys: set[str | None] = set()
        for table in (TABLE_PROFILES, SHIFTS, CHECK_RESULTS, MARKS):
            keys |= set(pc.unique(self._store.read(table, self._of_table(), ("slice_key",))["slice_key"]).to_pylist())
        return sorted(key for key in keys if key is not None and self._purged.sliced_by(key))

    def _remove(self, table: ResultTable, rows: Where) -> None:
        count = self._store.read(table, rows, ("run_id",)).num_rows
        self.removed[table.name] = self.removed.get(table.name, 0) + count
        if count and not self._dry_run:
            self._store.replace(table, table.empty(), rows)

    def _filter(self, table: ResultTable, rows: Where, goes: Callable[[Row], bool]) -> None:
        """Remove rows that a condition on columns cannot select."""

        def kept() -> pa.Table:
            return table.rows(row for row in self._store.read(table, rows).to_pylist() if not goes(row))

        self.removed[table.name] = sum(goes(row) for row in self._store.read(table, rows).to_pylist())
        if self.removed[table.name] and not self._dry_run:
            self._store.replace(table, kept, rows)

    def _rewrite(self, table: ResultTable, rows: Where, without: Callable[[Row], Row]) -> list[Row]:
        """Replace rows by what is left of them; return those that changed, as they were."""

        def changed() -> pa.Table:
            return table.rows(without(row) for row in self._store.read(table, rows).to_pylist())

        found = [row for row in self._store.read(table, rows).to_pylist() if without(row) is not row]
        self.changed[table.name] = len(found)
        if found and not self._dry_run:
            self._store.replace(table, changed, rows)
        return found

    def _redact_findings(self) -> None:
        today = dt.datetime.now(dt.timezone.utc).date()

        def without(row: Row) -> Row:
            return self._purged.finding(row, today)

        touched = {row["run_id"] for row in self._store.read(FINDINGS).to_pylist() if without(row) is not row}
        self.changed[FINDINGS.name] = 0
        if touched:
            self.runs = sorted({row["run_id"] for row in self._rewrite(FINDINGS, where(run_id=touched), without)})
        self._rewrite(INCIDENTS, EVERY_ROW, lambda row: self._purged.incident(row, today))

    def notes(self) -> list[str]:
        """Return what else there is to know, in sentences."""
        key = self._purged.key
        found = ["the column's name and type stay in the schema of its table"]
        names = self._store.read(column_profiles(), where(column_name=key.column), ("stage", "table_name"))
        others = sorted({f"{row['stage']}.{row['table_name']}.{key.column}" for row in names.to_pylist()} - {str(key)})
        if others:
            found.append(f"columns of the same name are left, which may hold the same values: {', '.join(others)}")
        found.append("reports, alerts and windows of serving processes are files outside the store: delete them there")
        return found


def _purged(config: PipelineConfig, column: str) -> PurgedColumn:
    stage, _, rest = column.partition(".")
    table, _, name = rest.partition(".")
    if not (stage and table and name):
        message = f"expected stage.table.column, got {column!r}"
        raise UsageError(message)
    configured = [one for own, one in config.select() if (own.name, one.name) == (stage, table)]
    answers = any(name in {getattr(one, role) for role in _MODEL_COLUMNS} for one in configured)
    return PurgedColumn(ColumnKey(stage, table, name), answers)


def _old_versions(upkeep: StoreUpkeep, config: PipelineConfig, *, now: bool) -> list[str]:
    """Vacuum every result table; return which bytes of old versions are left, and until when."""
    hours = 0 if now else config.retention.old_versions_hours
    left: list[str] = []
    for table in all_tables():
        left += tidy(upkeep, table, hours)
    if not now:
        until = dt.datetime.now(dt.timezone.utc) + dt.timedelta(hours=hours)
        left.append(
            f"files of old versions, and entries of the tables' logs, hold it until `stageprint maintain` runs after "
            f"{until:%Y-%m-%d %H:%M} UTC; `--now` deletes them at once"
        )
    return left
