"""Queries over columns: their figures, their worst shifts, and which of them advance with time or run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.features.advance_reason import advance_in
from stageprint.metrics.base import all_metrics
from stageprint.model import Severity, TableKey
from stageprint.model.result_tables import SHIFTS, ResultTable
from stageprint.model.where import EVERY_ROW, Where, where, where_tables
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.tables import column_profiles
from stageprint.pipeline.values import values_of
from stageprint.ports import ProfileStore

COLUMN: Final = ("run_id", "stage", "table_name", "column_name")
"""What says which column of which run a row is about."""

_REPORTED: Final = (
    "column_position",
    "data_type",
    "column_kind",
    "row_count",
    "null_share",
    "distinct_count",
    "distinct_count_lower",
    "distinct_count_upper",
    "median",
    "mean",
    "true_share",
    "top_share",
    "min_text",
    "max_text",
    "top_items",
)

_CONSTANT: Final = "constant"
"""Name of the rule that tells which columns advance; `stageprint.shifts` takes most of a second to import."""

_NOTICED: Final = tuple(severity.value for severity in Severity if severity is not Severity.NONE)


class ColumnResults:
    """Answers questions about columns.

    Attributes:
        store: The pipeline's store.
    """

    store: ProfileStore

    def _read(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> pa.Table:
        store = self.store if isinstance(self.store, CommittedStore) else CommittedStore(self.store)
        return store.read(table, rows, columns)

    def column_rows(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        """Return the figures that a report shows of each column, with the column's worst shift.

        Args:
            runs: The runs.
            only: Only columns of these tables; None: all.

        Returns:
            Dicts with `run_id, stage, table, column, column_position, data_type, column_kind`, the metrics, and
            `severity`, `statistic`, `explanation` of the column's worst shift (None where it has none), and `advances`:
            how the column advances with time or run (None: it has a level).
        """
        here = where(run_id=runs, slice_key=None)
        if only is not None:
            here &= where_tables(only)
        worst, advances = self.worst_shifts(here), self.advances(here)
        found = self._read(column_profiles(), here, (*COLUMN, *_REPORTED))
        first = pc.list_slice(found["top_items"], 0, 1)
        rows: list[dict[str, Any]] = found.set_column(
            found.column_names.index("top_items"), "top_items", first
        ).to_pylist()
        nothing: dict[str, Any] = {}
        for row in rows:
            row["table"], row["column"] = row.pop("table_name"), row.pop("column_name")
            key = (row["run_id"], row["stage"], row["table"], row["column"])
            flagged = worst.get(key, nothing)
            row["severity"], row["statistic"] = flagged.get("severity"), flagged.get("statistic")
            row["explanation"], row["advances"] = flagged.get("explanation"), advances.get(key)
        return rows

    def column_details(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        """Return every metric of each column.

        Args:
            runs: The runs.
            only: Only columns of these tables; None: all.

        Returns:
            Dicts with `run_id, stage, table, column, data_type` and the metrics.
        """
        here = where(run_id=runs, slice_key=None)
        if only is not None:
            here &= where_tables(only)
        names = {"table_name": "table", "column_name": "column"}
        found = self._read(column_profiles(), here, (*COLUMN, "data_type", *all_metrics()))
        values = [values_of(column) for column in found.columns]
        keys = [names.get(name, name) for name in found.column_names]
        return [dict(zip(keys, row, strict=True)) for row in zip(*values, strict=True)]

    def worst_shifts(self, rows: Where) -> dict[tuple[str, ...], dict[str, Any]]:
        """Return the worst shift of each column that has one: run, stage, table, column → its row."""
        names = (*COLUMN, "severity", "statistic", "explanation", "score")
        worst: dict[tuple[str, ...], dict[str, Any]] = {}
        found = self._read(SHIFTS, rows & where(severity=_NOTICED), names).to_pylist()
        for row in sorted(found, key=lambda one: tuple(one[name] for name in (*COLUMN, "statistic"))):
            key = tuple(row[name] for name in COLUMN)
            if key not in worst or _badness(row) > _badness(worst[key]):
                worst[key] = row
        return worst

    def advances(self, rows: Where) -> dict[tuple[str, ...], str]:
        """Return how columns advance with time or run, of those that do: run, stage, table, column → in words.

        The rule `constant` is defined for every kind of column that may advance, and asked once a run.
        """
        found = self._read(SHIFTS, rows & where(statistic=_CONSTANT, value=None), (*COLUMN, "reason")).to_pylist()
        known = ((tuple(row[name] for name in COLUMN), advance_in(row["reason"])) for row in found)
        return {key: how for key, how in known if how is not None}


def _badness(row: Mapping[str, Any]) -> tuple[int, float]:
    return Severity(row["severity"]).rank, -1.0 if row["score"] is None else row["score"]
