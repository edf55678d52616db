"""Stored profiles as objects, fetched a table at a time and kept: what diagnosis asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.spark.packing import packed
from stageprint.engines.spark.sliced import of_whole_or, with_slice_names
from stageprint.model import ColumnKey, ColumnProfile, TableKey, TableProfile
from stageprint.slices import WHOLE, split_name
from stageprint.stores.spark.rows import profile_of, table_from_row
from stageprint.stores.spark.store import Store
from stageprint.stores.spark.tables import TABLE_PROFILES, column_profiles

_TABLE_FACTS = (
    "run_id",
    "stage",
    "table_name",
    "row_count",
    "schema_json",
    "source_bytes",
    "source_files",
    "event_time_min",
    "event_time_max",
    "keys",
)
_MODEL_FACTS = (
    "quality",
    "model_version_column",
    "model_versions",
    "expected_model_versions",
    "expected_model_version_error",
)
"""Columns that a store of an earlier release does not have."""
_COLUMN_FACTS = (
    "run_id",
    "stage",
    "table_name",
    "column_name",
    "column_position",
    "data_type",
    "column_kind",
    "states",
)

_COLUMNS_A_JOB: Final = 4_000
"""Columns that one job fetches: Spark holds what a task sends to the driver in its heap, tens of MiB here."""

_ROWS_AT_ONCE: Final = 200
"""Rows that become Python objects at a time."""


class StoredProfiles:
    """Profiles of one pipeline's store.

    Args:
        store: The store.
        slices: The slices that are looked at too, as `compared_slices` has them. A slice's table is called
            as `stageprint.slices.slice_name` has it.
    """

    def __init__(self, store: Store, slices: Sequence[str] = ()) -> None:
        self._store = store
        self._wanted_slices = tuple(slices)
        self._slices: dict[str, dict[TableKey, TableProfile]] = {}
        self._tables: dict[str, dict[TableKey, TableProfile]] = {}
        # A row becomes a profile when it is asked for: of most columns of a table nobody asks.
        self._rows: dict[tuple[str, TableKey], dict[str, Mapping[str, Any]]] = {}
        self._columns: dict[tuple[str, ColumnKey], ColumnProfile] = {}
        self._failed: dict[str, dict[TableKey, str]] = {}

    def load_tables(self, runs: Iterable[str]) -> None:
        """Read the table profiles of the runs that were not read yet, in one job."""
        wanted = [run for run in dict.fromkeys(runs) if run not in self._tables]
        if not wanted:
            return
        for run in wanted:
            self._tables[run], self._slices[run], self._failed[run] = {}, {}, {}
        frame = self._store.read(TABLE_PROFILES).where(F.col("run_id").isin(wanted) & of_whole_or(self._wanted_slices))
        known = [name for name in _MODEL_FACTS if name in frame.columns]
        for row in with_slice_names(frame).select(*_TABLE_FACTS, *known, "status", "error").toArrow().to_pylist():
            key = TableKey(row["stage"], row["table_name"])
            if row["status"] == "ok":
                place = self._tables if split_name(key.table)[1] == WHOLE else self._slices
                place[row["run_id"]][key] = table_from_row(row)
            else:
                self._failed[row["run_id"]][key] = row["error"]

    def load_columns(self, runs: Iterable[str], tables: Iterable[TableKey]) -> None:
        """Read the column profiles of these tables in these runs that were not read yet, in as few jobs as fit."""
        tables = list(dict.fromkeys(tables))
        missing = [(run, table) for table in tables for run in dict.fromkeys(runs) if (run, table) not in self._rows]
        for together in packed(missing, self._width, _COLUMNS_A_JOB):
            self._load(together)

    def _width(self, place: tuple[str, TableKey]) -> int:
        run, table = place
        profile = self.table(table, run)
        return 0 if profile is None else len(profile.schema)

    def _load(self, missing: Sequence[tuple[str, TableKey]]) -> None:
        for place in missing:
            self._rows[place] = {}
        named = [split_name(table.table) for _, table in missing]
        sliced = any(member != WHOLE for _, member in named)
        frame = with_slice_names(
            self._store.read(column_profiles()).where(
                F.col("run_id").isin(sorted({run for run, _ in missing}))
                & F.col("stage").isin(sorted({table.stage for _, table in missing}))
                & F.col("table_name").isin(sorted({name for name, _ in named}))
                & of_whole_or(self._wanted_slices if sliced else ())
            )
        ).select(*_COLUMN_FACTS)
        wanted = set(missing)
        for batch in frame.toArrow().to_batches(max_chunksize=_ROWS_AT_ONCE):
            for row in batch.to_pylist():
                place = (row["run_id"], TableKey(row["stage"], row["table_name"]))
                if place in wanted:
                    self._rows[place][row["column_name"]] = row

    def table(self, key: TableKey, run: str) -> TableProfile | None:
        """Return a table's (or a slice's) profile without its columns, or None where it was not profiled in `run`."""
        self.load_tables([run])
        return self._tables[run].get(key) or self._slices[run].get(key)

    def tables(self, run: str) -> Mapping[TableKey, TableProfile]:
        """Return every table profiled in `run`."""
        self.load_tables([run])
        return self._tables[run]

    def slices(self, run: str) -> Mapping[TableKey, TableProfile]:
        """Return every slice profiled in `run` that is looked at, by its name."""
        self.load_tables([run])
        return self._slices[run]

    def failures(self, run: str) -> Mapping[TableKey, str]:
        """Return the tables whose profile failed in `run`, with the error."""
        self.load_tables([run])
        return self._failed[run]

    def column(self, key: ColumnKey, run: str) -> ColumnProfile | None:
        """Return a column's profile, or None where it was not profiled in `run`."""
        self.load_columns([run], [key.table_key])
        row = self._rows[run, key.table_key].get(key.column)
        return None if row is None else self._profile(run, key, row)

    def _profile(self, run: str, key: ColumnKey, row: Mapping[str, Any]) -> ColumnProfile:
        if (run, key) not in self._columns:
            self._columns[run, key] = profile_of(row)
        return self._columns[run, key]

    def with_columns(self, key: TableKey, run: str) -> TableProfile | None:
        """Return a table's profile with its columns, or None where it was not profiled in `run`."""
        found = self.table(key, run)
        if found is None:
            return None
        self.load_columns([run], [key])
        columns = {
            name: self._profile(run, ColumnKey(key.stage, key.table, name), row)
            for name, row in self._rows[run, key].items()
        }
        return replace(found, columns=columns)

    def forget_columns(self) -> None:
        """Let go of the column profiles read so far, whose sketches are large."""
        self._rows.clear()
        self._columns.clear()

    def column_names(self, table: TableKey, runs: Iterable[str]) -> list[str]:
        """Return the top-level columns of a table, those of all `runs` together, in order."""
        names: dict[str, None] = {}
        for run in runs:
            found: Any = self.table(table, run)
            if found is not None:
                names |= dict.fromkeys(field.name for field in found.schema)
        return list(names)
