"""The tables of the page: rows of the run and of the runs before it, facts about the source, columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from stageprint.model import TABLE_LEVEL, Severity, TableKey
from stageprint.model.figures import plural
from stageprint.redact import redacted
from stageprint.report.html.anchors import anchor
from stageprint.report.html.columns import ColumnName, column_view
from stageprint.report.html.data import ReportData
from stageprint.report.html.sparkline import sparkline
from stageprint.report.html.views import TableView
from stageprint.report.rows import Row, worst_of
from stageprint.report.text import MISSING, count, number, seconds, share, size

_NONE: Final = Severity.NONE.value


def table_views(data: ReportData, worst: Mapping[ColumnName, str]) -> Iterable[TableView]:
    """Yield the tables that have a profile in the report's run, in the order of the configuration.

    Args:
        data: The report's rows.
        worst: Severity of each table (`TABLE_LEVEL`) and column that has one.
    """
    profiles = {(row["stage"], row["table"], row["run_id"]): row for row in data.tables}
    columns: dict[tuple[str, str], dict[str, dict[str, Row]]] = {}
    for row in data.columns:
        columns.setdefault((row["stage"], row["table"]), {}).setdefault(row["column"], {})[row["run_id"]] = row
    for stage in data.stages:
        for table in stage.tables:
            now = profiles.get((stage.name, table, data.run_id))
            if now is None:
                continue
            past = [profiles.get((stage.name, table, run)) for run in data.runs]
            names = columns.get((stage.name, table), {})
            yield _table(data, now, past, names, worst)


def _table(
    data: ReportData,
    now: Row,
    past: Sequence[Row | None],
    columns: Mapping[str, Mapping[str, Row]],
    worst: Mapping[ColumnName, str],
) -> TableView:
    stage, table = now["stage"], now["table"]
    present = [by_run for by_run in columns.values() if data.run_id in by_run]
    present.sort(key=lambda by_run: by_run[data.run_id]["column_position"])
    views = tuple(column_view(data, by_run, worst) for by_run in present)
    own = worst.get((stage, table, TABLE_LEVEL), _NONE)
    counts = [row["row_count"] if row is not None else None for row in past]
    severities = [_NONE] * (len(past) - 1) + [own]
    failed = now["status"] == "failed"
    return TableView(
        anchor=anchor(stage, table),
        stage=stage,
        name=table,
        severity=worst_of((own, *(view.severity for view in views))),
        failed=failed,
        error=now["error"] or "",
        notes=tuple(now.get("source_notes") or ()),
        rows=count(now["row_count"]),
        change=_change(counts),
        rows_line=sparkline(data.runs, counts, severities, count, from_zero=True),
        facts=(*_learning(data, TableKey(stage, table)), *_facts(now)),
        columns=views,
        column_count=MISSING if failed else plural(now["column_count"] or len(views), "column"),
        flagged=sum(view.severity != _NONE for view in views),
    )


def _change(counts: Sequence[int | None]) -> str:
    if len(counts) < 2 or counts[-1] is None or not counts[-2]:
        return ""
    ratio = counts[-1] / counts[-2] - 1
    return "=" if ratio == 0 else f"{'+' if ratio > 0 else '−'}{share(abs(ratio))}"


def _learning(data: ReportData, key: TableKey) -> Iterable[tuple[str, str]]:
    judged = (data.judged or {}).get(key)
    if judged is not None and judged.learning:
        yield "learning", judged.sentence


def _facts(row: Row) -> tuple[tuple[str, str], ...]:
    event = None
    if row.get("event_time_min") is not None:
        event = f"{number(row['event_time_min'])} to {number(row['event_time_max'])} ({row.get('event_time_column')})"
    found = (
        # Earlier releases stored locations with their credentials.
        (
            "source",
            redacted(" ".join(str(row[part]) for part in ("source_format", "source_location") if row.get(part))),
        ),
        ("version", None if row.get("source_version") is None else str(row["source_version"])),
        ("size", None if row.get("source_bytes") is None else size(row["source_bytes"])),
        ("malformed rows", count(row["malformed_rows"]) if row.get("malformed_rows") else None),
        ("event time", event),
        *_model_facts(row),
        ("profiled in", None if row.get("seconds") is None else seconds(row["seconds"])),
    )
    return tuple((name, text) for name, text in found if text)


def _model_facts(row: Row) -> Iterable[tuple[str, str | None]]:
    """Yield the version of the model that predicted, and how well the predictions match the labels."""
    versions = [one["version"] for one in row.get("model_versions") or ()]
    expected = row.get("expected_model_versions") or ()
    note = f" (expected {', '.join(expected)})" if expected and set(versions) != set(expected) else ""
    yield "model", f"{', '.join(versions)}{note}" if versions else None
    quality = row.get("quality") or {}
    for name, figure in (("ROC AUC", "auc"), ("accuracy", "accuracy"), ("log-loss", "log_loss"), ("Brier", "brier")):
        yield name, None if quality.get(figure) is None else f"{quality[figure]:.3f}"
