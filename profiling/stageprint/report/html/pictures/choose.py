"""Which pictures show what a finding says, and which stand on a column's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final

from stageprint.report.html.data import ReportData
from stageprint.report.html.pictures.base import ColumnSeen, Picture
from stageprint.report.html.pictures.distribution import distribution
from stageprint.report.html.pictures.history import (
    distinct_through_runs,
    level_through_runs,
    nulls_through_runs,
    rows_through_runs,
)
from stageprint.report.html.pictures.hours import hours_of_day
from stageprint.report.html.pictures.labels import labels
from stageprint.report.html.pictures.tables import nulls_of_columns, rows_kept
from stageprint.report.rows import Row

MAX_OF_FINDING: Final = 2
"""Most pictures of one finding."""

_VALUES: Final = ("distribution", "labels", "level")
_LABELS: Final = ("labels", "distinct", "level")
_NULLS: Final = ("nulls", "nulls_of_named", "nulls_of_columns", "distribution", "labels", "rows")
_CLOCK: Final = ("hours", "distribution", "level")
_ROWS: Final = ("nulls_of_named", "rows", "nulls_of_columns")
_JOIN: Final = ("nulls_of_named", "rows_kept", "rows", "nulls_of_columns")

PICTURES: Final[Mapping[str, tuple[str, ...]]] = {
    "advance_broken": ("level", "distribution", "hours"),
    "category_missing": _LABELS,
    "category_reencoded": _LABELS,
    "check_not_computable": _ROWS,
    "clipping": _VALUES,
    "column_filled": _NULLS,
    "column_renamed": _NULLS,
    "column_swapped": _VALUES,
    "concept_drift": _VALUES,
    "constant_changed": _LABELS,
    "constant_column": _LABELS,
    "default_value": _VALUES,
    "distribution_shift": _VALUES,
    "duplicated_keys": _ROWS,
    "duplicated_load": _ROWS,
    "evaluation_population": _ROWS,
    "join_duplicated_rows": _JOIN,
    "join_lost_rows": _JOIN,
    "label_drift": _LABELS,
    "late_data": _CLOCK,
    "malformed_rows": _ROWS,
    "null_spike": _NULLS,
    "null_to_sentinel": ("nulls", *_VALUES),
    "offset": _VALUES,
    "partial_load": _ROWS,
    "population_shift": _ROWS,
    "precision_loss": ("distribution", "distinct", "labels"),
    "schema_change": _ROWS,
    "score_collapsed": _VALUES,
    "skew_aggregation": _VALUES,
    "stage_missing": (),
    "stale_column": _VALUES,
    "stale_holdout": _ROWS,
    "stale_table": _ROWS,
    "table_missing": _ROWS,
    "table_unreadable": _ROWS,
    "temporal_leakage": _CLOCK,
    "train_evaluation_overlap": _ROWS,
    "type_change": (*_LABELS, "nulls"),
    "unit_change": _VALUES,
    "unseen_category": _LABELS,
    "wrong_model_version": _ROWS,
    "wrong_timezone": _CLOCK,
}
"""Pictures by cause, the most telling first; those that a column has no figures for are left out."""

_OF_OTHERS: Final = (*_VALUES, *_ROWS)
"""Pictures of causes that plug-ins bring."""

_COLUMN_PAGE: Final = ("nulls", "level", "distinct", "distribution", "hours", "labels")


@dataclass(frozen=True)
class Album:
    """Chooses and makes the pictures of a report.

    Attributes:
        data: The report's rows.
    """

    data: ReportData

    def of_finding(self, finding: Row) -> tuple[Picture, ...]:
        """Return the pictures of a finding; none of a slice, whose figures the report does not have."""
        if finding.get("slice_key") is not None:
            return ()
        wanted = PICTURES.get(finding["cause"], _OF_OTHERS)
        made = self._of_column(finding) if finding["column"] else self._of_table(finding)
        return tuple(self._first(made, wanted))[:MAX_OF_FINDING]

    def of_column(self, stage: str, table: str, column: str) -> tuple[Picture, ...]:
        """Return the pictures of a column's page."""
        seen = self._seen(stage, table, column, None, None)
        return () if seen is None else tuple(self._first(_makers(seen), _COLUMN_PAGE))

    def details_of(self, stage: str, table: str, column: str) -> Row | None:
        """Return all metrics of a column in the report's run; None: they were not read."""
        return self._details.get((stage, table, column), {}).get(self.data.run_id)

    @staticmethod
    def _first(makers: Mapping[str, Callable[[], Picture | None]], wanted: Sequence[str]) -> Iterator[Picture]:
        for name in wanted:
            picture = makers[name]() if name in makers else None
            if picture is not None:
                yield picture

    def _of_column(self, finding: Row) -> Mapping[str, Callable[[], Picture | None]]:
        evidence = finding["evidence"] or {}
        seen = self._seen(
            finding["stage"], finding["table"], finding["column"], evidence.get("reference_run"), finding["first_run"]
        )
        return {} if seen is None else _makers(seen, evidence.get("hours_moved"))

    def _of_table(self, finding: Row) -> Mapping[str, Callable[[], Picture | None]]:
        stage, table, evidence = finding["stage"], finding["table"], finding["evidence"] or {}
        place, since, runs = f"{stage}.{table}", finding["first_run"], self.data.runs
        counts = self._rows_of(place)
        makers: dict[str, Callable[[], Picture | None]] = {
            "rows": partial(rows_through_runs, place, runs, counts, since)
        }
        source = evidence.get("source_table")
        if source is not None and evidence.get("retention") is not None:
            makers["rows_kept"] = partial(rows_kept, place, source, runs, counts, self._rows_of(source), since)
        before_run = evidence.get("reference_run") or self.data.previous
        named = [str(one).rpartition(".")[2] for one in evidence.get("columns") or ()]
        if before_run is not None:
            now, before = (self._columns_of(stage, table, run) for run in (self.data.run_id, before_run))
            nulls = partial(nulls_of_columns, place, now, before, named, self.data.run_id, before_run)
            makers["nulls_of_named" if named else "nulls_of_columns"] = nulls
        return makers

    def _seen(
        self, stage: str, table: str, column: str, before_run: str | None, since: str | None
    ) -> ColumnSeen | None:
        by_run = self._by_column.get((stage, table, column), {})
        details = self._details.get((stage, table, column), {})
        if self.data.run_id not in by_run or self.data.run_id not in details:
            return None
        earlier = before_run if before_run in details else self.data.previous
        return ColumnSeen(
            place=f"{stage}.{table}.{column}",
            runs=self.data.runs,
            rows=tuple(by_run.get(run, {}) for run in self.data.runs),
            now={**by_run[self.data.run_id], **details[self.data.run_id]},
            before=details.get(earlier) if earlier is not None else None,
            before_run=earlier,
            since=since,
        )

    def _rows_of(self, place: str) -> list[int | None]:
        by_run = self._by_table.get(place, {})
        return [by_run.get(run) for run in self.data.runs]

    def _columns_of(self, stage: str, table: str, run: str) -> dict[str, Row]:
        return {
            column: by_run[run]
            for (of_stage, of_table, column), by_run in self._by_column.items()
            if (of_stage, of_table) == (stage, table) and run in by_run
        }

    @cached_property
    def _by_table(self) -> dict[str, dict[str, int | None]]:
        found: dict[str, dict[str, int | None]] = {}
        for row in self.data.tables:
            found.setdefault(f"{row['stage']}.{row['table']}", {})[row["run_id"]] = row["row_count"]
        return found

    @cached_property
    def _by_column(self) -> dict[tuple[str, str, str], dict[str, Row]]:
        return _grouped(self.data.columns)

    @cached_property
    def _details(self) -> dict[tuple[str, str, str], dict[str, Row]]:
        return _grouped(self.data.details)


def _makers(seen: ColumnSeen, moved: float | None = None) -> dict[str, Callable[[], Picture | None]]:
    return {
        "distribution": partial(distribution, seen),
        "labels": partial(labels, seen),
        "level": partial(level_through_runs, seen),
        "distinct": partial(distinct_through_runs, seen),
        "nulls": partial(nulls_through_runs, seen),
        "hours": partial(hours_of_day, seen, moved),
    }


def _grouped(rows: Sequence[Row]) -> dict[tuple[str, str, str], dict[str, Row]]:
    found: dict[tuple[str, str, str], dict[str, Row]] = {}
    for row in rows:
        found.setdefault((row["stage"], row["table"], row["column"]), {})[row["run_id"]] = row
    return found
