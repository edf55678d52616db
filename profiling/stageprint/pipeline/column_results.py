"""Queries over columns: their figures, their worst shifts, and which of them advance with time or run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

ColumnOfRun = tuple[str, str, str, str]
"""Run, stage, table and column."""

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
_DRAWN: Final = ("null_share", "distinct_count", "median", "mean", "true_share", "top_share")

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
        here = _of_columns(runs, only)
        worst, advances = self.told_by_shifts(here)
        found = self._read(column_profiles(), here, (*COLUMN, *_REPORTED))
        first = pc.list_slice(found["top_items"], 0, 1)
        found = found.set_column(found.column_names.index("top_items"), "top_items", first)
        return _told(found.to_pylist(), worst, advances)

    def column_courses(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        """Return the figures of each column that are drawn through the runs; no texts, which take longer to read.

        Args:
            runs: The runs.
            only: Only columns of these tables; None: all.

        Returns:
            Dicts with `run_id, stage, table, column`, the figures, and `severity` and `statistic` of the column's worst
            shift (None where it has none).
        """
        here = _of_columns(runs, only)
        names = (*COLUMN, "severity", "statistic", "score")
        worst = _worst(self._read(SHIFTS, here & where(severity=_NOTICED), names).to_pylist())
        return _told(self._read(column_profiles(), here, (*COLUMN, *_DRAWN)).to_pylist(), worst)

    def column_details(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        """Return what `column_rows` does, with every metric of each column and all of `top_items`.

        Args:
            runs: The runs.
            only: Only columns of these tables; None: all.
        """
        here = _of_columns(runs, only)
        worst, advances = self.told_by_shifts(here)
        names = dict.fromkeys((*COLUMN, "data_type", *all_metrics(), *_REPORTED))
        found = self._read(column_profiles(), here, tuple(names))
        values = zip(*(values_of(column) for column in found.columns), strict=True)
        return _told([dict(zip(names, row, strict=True)) for row in values], worst, advances)

    def told_by_shifts(self, rows: Where) -> tuple[dict[ColumnOfRun, dict[str, Any]], dict[ColumnOfRun, str]]:
        """Return what shifts say of columns.

        Args:
            rows: Which rows of `shifts`.

        Returns:
            The row of the worst shift of each column that has one; and how columns advance with time or run, of those
            that do, in words: the rule `constant` is defined for every kind of column that may, and asked once a run.
        """
        names = (*COLUMN, "severity", "statistic", "explanation", "score", "reason")
        telling = where(severity=_NOTICED) | where(statistic=_CONSTANT, value=None)
        found = self._read(SHIFTS, rows & telling, names).to_pylist()
        known = {reason: advance_in(reason) for reason in {row["reason"] for row in found}}
        ways = ((_key(row), known[row["reason"]]) for row in found if row["statistic"] == _CONSTANT)
        worst = _worst(row for row in found if row["severity"] in _NOTICED)
        return worst, {key: how for key, how in ways if how is not None}


def _of_columns(runs: Sequence[str], only: Sequence[TableKey] | None) -> Where:
    here = where(run_id=runs, slice_key=None)
    return here if only is None else here & where_tables(only)


def _key(row: Mapping[str, Any]) -> ColumnOfRun:
    return row["run_id"], row["stage"], row["table_name"], row["column_name"]


def _told(
    rows: list[dict[str, Any]],
    worst: Mapping[ColumnOfRun, Mapping[str, Any]],
    advances: Mapping[ColumnOfRun, str] | None = None,
) -> list[dict[str, Any]]:
    """Return rows of columns with the names that reports use, and with what shifts say of them.

    Args:
        rows: The rows.
        worst: The worst shift of each column that has one.
        advances: How columns advance; None: words are left out, also those of shifts.
    """
    nothing: dict[str, Any] = {}
    for row in rows:
        key = _key(row)
        row["table"], row["column"] = row.pop("table_name"), row.pop("column_name")
        flagged = worst.get(key, nothing)
        row["severity"], row["statistic"] = flagged.get("severity"), flagged.get("statistic")
        if advances is not None:
            row["explanation"], row["advances"] = flagged.get("explanation"), advances.get(key)
    return rows


def _worst(rows: Iterable[dict[str, Any]]) -> dict[ColumnOfRun, dict[str, Any]]:
    """Return the worst shift of each column."""
    worst: dict[ColumnOfRun, dict[str, Any]] = {}
    for key, row in sorted(((_key(row), row) for row in rows), key=lambda one: (one[0], one[1]["statistic"])):
        if key not in worst or _badness(row) > _badness(worst[key]):
            worst[key] = row
    return worst


def _badness(row: Mapping[str, Any]) -> tuple[int, float]:
    return Severity(row["severity"]).rank, -1.0 if row["score"] is None else row["score"]
