"""Loads stored profiles as objects and keeps them, for diagnosis, checks and suggestions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from stageprint.model import ColumnKey, ColumnProfile, TableKey, TableProfile
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import NO_ROW, Where, where
from stageprint.pipeline.batching import packed
from stageprint.pipeline.delivered_again import delivered_again
from stageprint.pipeline.profile_codec import key_from_row, profile_of, table_from_row
from stageprint.pipeline.slices import ComparedSlices
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import ProfileStore
from stageprint.shifts import DeliveredAgain

_PLACE: Final = ("run_id", "stage", "table_name", "slice_key", "slice_value")
_TABLE_FACTS: Final = (
    *_PLACE,
    "status",
    "error",
    "row_count",
    "schema_json",
    "source_bytes",
    "source_files",
    "malformed_rows",
    "event_time_min",
    "event_time_max",
    "keys",
    "key_hash_id",
    "quality",
    "model_version_column",
    "model_versions",
    "expected_model_versions",
    "expected_model_version_error",
)
_COLUMN_FACTS: Final = (
    *_PLACE,
    "column_name",
    "column_position",
    "data_type",
    "column_kind",
    "sensitive",
    "hash_key_id",
    "states",
)

MAX_COLUMNS_PER_READ: Final = 4_000
"""Column profiles that are read at once: tens of MiB of sketches."""

_ROWS_PER_BATCH: Final = 200
"""Rows that are converted to Python objects at a time."""


class StoredProfiles:
    """The profiles in one pipeline's store, each read once.

    Attributes:
        compared_slices: The slices that are read besides whole tables.

    Args:
        store: The store.
        slices: Value of `compared_slices`; None: no slices.
        max_columns_per_read: Column profiles that are read at once.
    """

    def __init__(
        self,
        store: ProfileStore,
        slices: ComparedSlices | None = None,
        max_columns_per_read: int = MAX_COLUMNS_PER_READ,
    ) -> None:
        self._store = store
        self._max_columns_per_read = max_columns_per_read
        self.compared_slices = slices if slices is not None else ComparedSlices()
        self._slices: dict[str, dict[TableKey, TableProfile]] = {}
        self._tables: dict[str, dict[TableKey, TableProfile]] = {}
        # A row is converted to a profile when it is needed; most columns of a table never are.
        self._rows: dict[tuple[str, TableKey], dict[str, Mapping[str, Any]]] = {}
        self._columns: dict[tuple[str, ColumnKey], ColumnProfile] = {}
        self._failed: dict[str, dict[TableKey, str]] = {}
        self._incomplete: dict[str, dict[TableKey, str]] = {}

    def load_tables(self, runs: Iterable[str]) -> None:
        """Read the table profiles of those runs that were not read yet, in one read."""
        wanted = [run for run in dict.fromkeys(runs) if run not in self._tables]
        if not wanted:
            return
        for run in wanted:
            self._tables[run], self._slices[run], self._failed[run], self._incomplete[run] = {}, {}, {}, {}
        rows = where(run_id=wanted) & self.compared_slices.rows
        for row in self._store.read(TABLE_PROFILES, rows, _TABLE_FACTS).to_pylist():
            key = key_from_row(row)
            if not self.compared_slices.include(key):
                continue
            if row["status"] == "ok":
                place = self._tables if key.slice is None else self._slices
                place[row["run_id"]][key] = table_from_row(row)
                if key.slice is None and row["error"]:
                    self._incomplete[row["run_id"]][key] = row["error"]
            elif key.slice is None:
                self._failed[row["run_id"]][key] = row["error"]

    def delivered_again(self, run: str, last: str) -> dict[TableKey, DeliveredAgain]:
        """Return the tables whose rows and most columns are exactly those of the last run, though not all columns."""
        now, then = self.tables(run), self.tables(last)
        as_many = [key for key, table in now.items() if key in then and table.rows == then[key].rows > 0]
        return delivered_again(self._store, run, last, as_many)

    def load_columns(self, runs: Iterable[str], tables: Iterable[TableKey]) -> None:
        """Read the column profiles of the tables in the runs, except those that were read already."""
        tables = list(dict.fromkeys(tables))
        missing = [(run, table) for table in tables for run in dict.fromkeys(runs) if (run, table) not in self._rows]
        for together in packed(missing, self._width, self._max_columns_per_read):
            self._load(together)

    def _width(self, place: tuple[str, TableKey]) -> int:
        run, table = place
        profile = self.table(table, run)
        return 0 if profile is None else len(profile.schema)

    def _load(self, missing: Sequence[tuple[str, TableKey]]) -> None:
        for place in missing:
            self._rows[place] = {}
        found = self._store.read(column_profiles(), _rows_of(missing), _COLUMN_FACTS)
        wanted = set(missing)
        for batch in found.to_batches(max_chunksize=_ROWS_PER_BATCH):
            for row in batch.to_pylist():
                place = (row["run_id"], key_from_row(row))
                if place in wanted:
                    self._rows[place][row["column_name"]] = row

    def table(self, key: TableKey, run: str) -> TableProfile | None:
        """Return the profile of a table or slice without its columns, or None if it has none in `run`."""
        self.load_tables([run])
        return self._tables[run].get(key) or self._slices[run].get(key)

    def tables(self, run: str) -> Mapping[TableKey, TableProfile]:
        """Return the whole tables profiled in `run`, without their columns."""
        self.load_tables([run])
        return self._tables[run]

    def slices(self, run: str) -> Mapping[TableKey, TableProfile]:
        """Return the compared slices profiled in `run`, without their columns."""
        self.load_tables([run])
        return self._slices[run]

    def failures(self, run: str) -> Mapping[TableKey, str]:
        """Return the tables whose profile failed in `run`, each with its error."""
        self.load_tables([run])
        return self._failed[run]

    def incomplete(self, run: str) -> Mapping[TableKey, str]:
        """Return the tables of whose source a part could not be read in `run`, each with what and why."""
        self.load_tables([run])
        return self._incomplete[run]

    def column(self, key: ColumnKey, run: str) -> ColumnProfile | None:
        """Return the profile of a column, or None if it has none in `run`."""
        self.load_columns([run], [key.table_key])
        row = self._rows[run, key.table_key].get(key.column)
        return None if row is None else self._profile(run, key, row)

    def _profile(self, run: str, key: ColumnKey, row: Mapping[str, Any]) -> ColumnProfile:
        if (run, key) not in self._columns:
            self._columns[run, key] = profile_of(row)
        return self._columns[run, key]

    def with_columns(self, key: TableKey, run: str) -> TableProfile | None:
        """Return the profile of a table or slice with its columns, or None if it has none in `run`."""
        found = self.table(key, run)
        if found is None:
            return None
        self.load_columns([run], [key])
        columns = {name: self._profile(run, key.column(name), row) for name, row in self._rows[run, key].items()}
        return replace(found, columns=columns)

    def forget_columns(self) -> None:
        """Release the column profiles read so far, whose sketches are large."""
        self._rows.clear()
        self._columns.clear()

    def column_names(self, table: TableKey, runs: Iterable[str]) -> list[str]:
        """Return the names of a table's top-level columns in any of the runs, in order."""
        names: dict[str, None] = {}
        for run in runs:
            found = self.table(table, run)
            if found is not None:
                names |= dict.fromkeys(field.name for field in found.schema)
        return list(names)


def _rows_of(places: Iterable[tuple[str, TableKey]]) -> Where:
    """Return the condition for tables in runs; places that share runs or tables are combined."""
    runs: dict[TableKey, list[str]] = {}
    for run, key in places:
        runs.setdefault(key, []).append(run)
    tables: dict[tuple[str, frozenset[str], str | None, str | None], list[str]] = {}
    for key, of_table in runs.items():
        part = (None, None) if key.slice is None else key.slice
        tables.setdefault((key.stage, frozenset(of_table), *part), []).append(key.table)
    rows = NO_ROW
    for (stage, of_tables, slice_key, slice_value), names in tables.items():
        rows |= where(run_id=of_tables, stage=stage, table_name=names, slice_key=slice_key, slice_value=slice_value)
    return rows
