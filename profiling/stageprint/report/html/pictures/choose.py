"""Which pictures show what a finding says, and which stand on a column's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
from stageprint.report.html.pictures.spans import time_of_runs, time_of_two
from stageprint.report.html.pictures.tables import nulls_of_columns, rows_kept
from stageprint.report.html.pictures.told import told
from stageprint.report.rows import Row

MAX_OF_FINDING: Final = 2
"""Most pictures of one finding."""

_VALUES: Final = ("distribution", "labels", "level")
_LABELS: Final = ("labels|distinct|level",)
_NULLS: Final = ("nulls", "nulls_of_named", "nulls_of_columns", "labels", "rows")
_ROWS: Final = ("nulls_of_named", "rows")
_JOIN: Final = ("nulls_of_named", "rows_kept", "rows")
_TIMES: Final = ("time_of_two", "rows")

PICTURES: Final[Mapping[str, tuple[str, ...]]] = {
    "advance_broken": ("level", "distribution", "hours"),
    "category_missing": _LABELS,
    "category_reencoded": _LABELS,
    "check_not_computable": _ROWS,
    "clipping": _VALUES,
    "column_filled": _NULLS,
    "column_renamed": ("renamed",),
    "column_swapped": _VALUES,
    "concept_drift": _VALUES,
    "constant_changed": _LABELS,
    "constant_column": ("labels|level", "distinct"),
    "default_value": _VALUES,
    "distribution_shift": _VALUES,
    "duplicated_keys": ("told", "rows"),
    "duplicated_load": ("told", "rows"),
    "evaluation_population": ("beside", "rows"),
    "infinite_values": ("told",),
    "join_duplicated_rows": _JOIN,
    "join_lost_rows": _JOIN,
    "label_drift": _LABELS,
    "late_data": ("distribution", "time_of_runs"),
    "malformed_rows": _ROWS,
    "null_spike": _NULLS,
    "null_to_sentinel": ("nulls", *_VALUES),
    "offset": _VALUES,
    "partial_load": ("rows", "time_of_runs"),
    "population_shift": ("moved", "rows"),
    "precision_loss": ("told", "distinct", "labels"),
    "schema_change": (),
    "score_collapsed": _VALUES,
    "skew_aggregation": _VALUES,
    "stage_missing": (),
    "stale_column": ("distribution", "distinct", "labels", "level"),
    "stale_holdout": _TIMES,
    "stale_table": ("time_of_runs", "rows"),
    "table_missing": _ROWS,
    "table_unreadable": _ROWS,
    "temporal_leakage": _TIMES,
    "train_evaluation_overlap": ("told", "time_of_two"),
    "type_change": (*_LABELS, "nulls"),
    "unit_change": _VALUES,
    "unseen_category": _LABELS,
    "wrong_model_version": ("labels|rows",),
    "wrong_timezone": ("hours",),
}
"""Pictures by cause, the most telling first; those that there are no figures for are left out. Of names with ``|``
between them the first that there are figures for is taken."""

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
        made = tuple(self._first({**self._of_table(finding), **self._of_column(finding)}, wanted))
        return tuple(one for one in made if one.tells)[:MAX_OF_FINDING] or made[:1]

    def of_column(self, stage: str, table: str, column: str) -> tuple[Picture, ...]:
        """Return the pictures of a column's page."""
        seen = self._seen(stage, table, column, None, None)
        return () if seen is None else tuple(self._first(_makers(seen), _COLUMN_PAGE))

    def details_of(self, stage: str, table: str, column: str) -> Row | None:
        """Return all metrics of a column in the report's run; None: they were not read."""
        return self._details.get((stage, table, column), {}).get(self.data.run_id)

    @staticmethod
    def _first(makers: Mapping[str, Callable[[], Picture | None]], wanted: Sequence[str]) -> Iterator[Picture]:
        for names in wanted:
            made = (makers[name]() for name in names.split("|") if name in makers)
            picture = next((one for one in made if one is not None), None)
            if picture is not None:
                yield picture

    def _of_column(self, finding: Row) -> Mapping[str, Callable[[], Picture | None]]:
        stage, table, column, evidence = (finding[name] for name in ("stage", "table", "column", "evidence"))
        if not column:
            return {}
        told_by = evidence or {}
        seen = self._seen(stage, table, column, told_by.get("reference_run"), finding["first_run"])
        if seen is not None and told_by.get("compared_with") is not None:
            seen = self._beside(seen, str(told_by["compared_with"])) or seen
        makers = {} if seen is None else dict(_makers(seen, told_by.get("hours_moved")))
        for old, new in (told_by.get("renamed") or {}).items():
            makers.setdefault("renamed", partial(self._renamed, stage, table, str(old), str(new), finding))
        return makers

    def _of_table(self, finding: Row) -> Mapping[str, Callable[[], Picture | None]]:
        stage, table, evidence = finding["stage"], finding["table"], finding["evidence"] or {}
        place, since, runs = f"{stage}.{table}", finding["first_run"], self.data.runs
        counts = self._rows_of(place)
        before_run = evidence.get("reference_run") or self.data.previous
        whole = place if not finding["column"] else f"{place}.{finding['column']}"
        makers: dict[str, Callable[[], Picture | None]] = {
            "rows": partial(rows_through_runs, place, runs, counts, since),
            "time_of_runs": partial(time_of_runs, place, runs, self._table_rows),
            "told": partial(told, finding["cause"], whole, evidence, self.data.run_id, before_run),
            "moved": partial(self._moved, finding),
        }
        source = evidence.get("source_table")
        if source is not None and evidence.get("retention") is not None:
            makers["rows_kept"] = partial(rows_kept, place, source, runs, counts, self._rows_of(source), since)
        beside = [evidence.get(name) for name in ("serving_table", "evaluation_table", "training_table")]
        other = next((str(one) for one in beside if one not in {None, place}), None)
        if other is not None:
            makers["time_of_two"] = partial(time_of_two, place, other, runs[-1], before_run, self._table_rows)
        named = [str(one).rpartition(".")[2] for one in evidence.get("columns") or ()]
        if other is not None and named:
            makers["beside"] = partial(self._beside_table, finding, other, named[0])
        if before_run is not None:
            now, before = (self._columns_of(stage, table, run) for run in (self.data.run_id, before_run))
            nulls = partial(nulls_of_columns, place, now, before, named, self.data.run_id, before_run)
            makers["nulls_of_named" if named else "nulls_of_columns"] = nulls
        return makers

    def _beside(self, seen: ColumnSeen, other: str) -> ColumnSeen | None:
        """Return a column beside another one of the same run; None where that one is not known."""
        stage, _, rest = other.partition(".")
        table, _, column = rest.partition(".")
        row = self.details_of(stage, table, column)
        return (
            None
            if row is None
            else replace(seen, before=row, before_run=other, runs=(seen.run,), rows=seen.rows[-1:], beside=True)
        )

    def _beside_table(self, finding: Row, other: str, column: str) -> Picture | None:
        """Return the values of a column beside those of its namesake in another table."""
        seen = self._seen(finding["stage"], finding["table"], column, None, None)
        both = None if seen is None else self._beside(seen, f"{other}.{column}")
        return None if both is None else labels(both) or distribution(both)

    def _renamed(self, stage: str, table: str, old: str, new: str, finding: Row) -> Picture | None:
        """Return the values under the new name, beside those under the old one."""
        before_run = (finding["evidence"] or {}).get("reference_run")
        seen = self._seen(stage, table, new, None, None)
        before = self._details.get((stage, table, old), {}).get(str(before_run))
        if seen is None or before is None:
            return None
        both = replace(seen, before=before, before_run=f"{old}, {before_run}")
        return distribution(both) or labels(both)

    def _moved(self, finding: Row) -> Picture | None:
        """Return the values of the first column of a table of which a finding says that it moved."""
        place = f"{finding['stage']}.{finding['table']}."
        named = [str(one).removeprefix(place) for one in finding["explains"] or () if str(one).startswith(place)]
        before_run = (finding["evidence"] or {}).get("reference_run")
        for column in named:
            seen = self._seen(finding["stage"], finding["table"], column, before_run, finding["first_run"])
            picture = None if seen is None else distribution(seen) or labels(seen)
            if picture is not None:
                return picture
        return None

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
            now=details[self.data.run_id],
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
    def _table_rows(self) -> dict[tuple[str, str], Row]:
        return {(f"{row['stage']}.{row['table']}", row["run_id"]): row for row in self.data.tables}

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
