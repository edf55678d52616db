"""From a report's rows to what its template prints: texts, drawings, links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stageprint.model import TABLE_LEVEL, Severity
from stageprint.report.data import ReportData, Row
from stageprint.report.graph import Edge, Graph, lay_out
from stageprint.report.spark_line import SparkLine, spark_line
from stageprint.report.tables import place
from stageprint.report.text import MISSING, clip, count, level, number, plural, seconds, share, size, stored, words

_NONE: Final = Severity.NONE.value
_PREVIEW: Final = 400
_ENTRIES: Final = 12

TableName = tuple[str, str]
ColumnName = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding's card."""

    severity: str
    place: str
    link: str | None
    cause: str
    kind: str
    since: str
    confidence: str | None
    sentence: str
    evidence: tuple[tuple[str, str], ...]
    explains: tuple[tuple[str, str | None], ...]
    alternatives: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check's row; `badge` is its severity where it failed."""

    badge: str
    style: str
    place: str
    link: str | None
    check: str
    expected: str
    observed: str


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One column's row; each measure is its text and its drawing."""

    anchor: str
    name: str
    data_type: str
    severity: str
    explanation: str
    nulls: tuple[str, SparkLine | None]
    distinct: tuple[str, SparkLine | None]
    centre: tuple[str, SparkLine | None]
    low: tuple[str, str]
    high: tuple[str, str]


@dataclass(frozen=True, slots=True)
class TableView:
    """One table: its line, and the columns under it."""

    anchor: str
    stage: str
    name: str
    severity: str
    failed: bool
    error: str
    rows: str
    change: str
    rows_line: SparkLine | None
    facts: tuple[tuple[str, str], ...]
    columns: tuple[ColumnView, ...]
    column_count: str
    flagged: int


@dataclass(frozen=True, slots=True)
class StageView:
    """A stage's box: how loud it is, and the words in it."""

    severity: str
    affected: bool
    note: str
    detail: str
    link: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """The whole page."""

    title: str
    subtitle: str
    tiles: tuple[tuple[str, str, str], ...]
    verdict: str
    findings: tuple[FindingView, ...]
    checks: tuple[CheckView, ...]
    passed: tuple[CheckView, ...]
    graph: Graph
    hot: frozenset[Edge]
    stages: Mapping[str, StageView]
    tables: tuple[TableView, ...]
    runs: tuple[str, ...]
    left_out: int
    foot: str


def build_view(data: ReportData) -> ReportView:
    """Return everything the template prints."""
    worst = _worst(data)
    tables = tuple(_tables(data, worst))
    anchors = {f"{table.stage}.{table.name}": table.anchor for table in tables}
    anchors |= {
        f"{table.stage}.{table.name}.{column.name}": column.anchor for table in tables for column in table.columns
    }
    graph, stages = lay_out(data.stages), _stages(data, anchors)
    return ReportView(
        title=f"{data.pipeline} · {data.run_id}",
        subtitle=f"store {data.store}",
        tiles=_tiles(data),
        verdict=_verdict(data),
        findings=tuple(_finding(finding, anchors) for finding in data.findings),
        checks=tuple(_check(row, anchors) for row in data.checks if row["status"] != "pass"),
        passed=tuple(_check(row, anchors) for row in data.checks if row["status"] == "pass"),
        graph=graph,
        hot=frozenset(edge for edge in graph.edges if _carries(stages[edge.source], stages[edge.target])),
        stages=stages,
        tables=tables,
        runs=data.runs,
        left_out=data.left_out,
        foot=(
            f"stageprint {data.version} · written {data.written_at:%Y-%m-%d %H:%M %Z} · "
            f"drawings show {plural(len(data.runs), 'run')}, {data.runs[0]} to {data.runs[-1]}"
        ),
    )


def anchor(*parts: str) -> str:
    """Return a fragment name that no other stage, table or column has, from characters every browser takes."""
    return "-".join("".join(c if c.isalnum() else f"_{ord(c):x}_" for c in part) for part in parts)


def _worst(data: ReportData) -> dict[ColumnName, str]:
    """Return how loud each column is in the report's run: its shift, or the finding that begins there."""
    worst: dict[ColumnName, str] = {}
    shifts = (
        ((row["stage"], row["table"], row["column"]), row["severity"] or _NONE)
        for row in data.columns
        if row["run_id"] == data.run_id
    )
    origins = (((f["stage"], f["table"], f["column"] or TABLE_LEVEL), f["severity"]) for f in data.findings)
    for name, severity in (*shifts, *origins):
        if Severity(severity).rank >= Severity(worst.get(name, _NONE)).rank:
            worst[name] = severity
    return worst


def _tiles(data: ReportData) -> tuple[tuple[str, str, str], ...]:
    counts = Counter(finding["severity"] for finding in data.findings)
    loud = [(name, count(counts[name]), name if counts[name] else "") for name in ("critical", "warning", "review")]
    failed = data.run["tables_failed"] or 0
    return (
        *loud,
        ("tables profiled", count(data.run["tables_profiled"]), ""),
        ("tables failed", count(failed), "critical" if failed else ""),
        ("columns compared", count(data.compared["columns"]) if data.compared is not None else MISSING, ""),
        *_check_tiles(data),
    )


def _check_tiles(data: ReportData) -> list[tuple[str, str, str]]:
    if not data.checks:
        return []
    failed = [row["severity"] for row in data.checks if row["status"] == "fail"]
    worst = max(failed, key=lambda name: Severity(name).rank, default="")
    return [("checks failed", f"{len(failed):,} of {len(data.checks):,}", worst)]


def _verdict(data: ReportData) -> str:
    if data.findings:
        return ""
    if data.compared is None:
        return "This run was profiled, but not compared yet."
    columns = plural(int(data.compared["columns"]), "column")
    failed = sum(row["status"] == "fail" for row in data.checks)
    but = f" But {plural(failed, 'declared check')} failed." if failed else ""
    return f"Nothing found: {columns} were compared, and each is as its history lets expect.{but}"


def _check(row: Row, anchors: Mapping[str, str]) -> CheckView:
    where = place(row)
    failed = row["status"] == "fail"
    return CheckView(
        badge=row["severity"] if failed else words(row["status"]),
        style=row["severity"] if failed else "",
        place=where,
        link=_nearest_anchor(where, anchors),
        check=row["check"],
        expected=clip(row["expected"], _PREVIEW),
        observed=clip(row["observed"] if row["reason"] is None else f"{row['observed']}: {row['reason']}", _PREVIEW),
    )


def _finding(finding: Row, anchors: Mapping[str, str]) -> FindingView:
    where = place(finding)
    since, run, confidence = finding["first_run"], finding["run_id"], finding["confidence"]
    return FindingView(
        severity=finding["severity"],
        place=where,
        link=_nearest_anchor(where, anchors),
        cause=words(finding["cause"]),
        kind=finding["class"],
        since="new in this run" if since == run else f"since {since}",
        confidence=None if confidence is None else f"confidence {share(confidence)}",
        sentence=finding["sentence"],
        evidence=tuple(
            (words(str(key)), _evidence(value))
            for key, value in (finding["evidence"] or {}).items()
            if value not in (None, "", [], {})
        ),
        explains=tuple((name, _nearest_anchor(name, anchors)) for name in finding["explains"] or ()),
        alternatives=", ".join(words(name) for name in finding["alternatives"] or ()),
    )


def _evidence(value: Any) -> str:
    """Return a figure, or several: a mapping on one line, a list of mappings on a line each."""
    if isinstance(value, Mapping):
        return clip(", ".join(f"{words(str(key))} {_evidence(inner)}" for key, inner in value.items()), _PREVIEW)
    if isinstance(value, (list, tuple)):
        lines = any(isinstance(inner, Mapping) for inner in value)
        return ("\n" if lines else ", ").join(_evidence(inner) for inner in value[:_ENTRIES]) + (
            f" and {len(value) - _ENTRIES:,} more" if len(value) > _ENTRIES else ""
        )
    return clip(value, _PREVIEW) if isinstance(value, str) else number(value)


def _nearest_anchor(name: str, anchors: Mapping[str, str]) -> str | None:
    """Return the column's place on the page, else its table's (a column that is gone has no row)."""
    while name not in anchors:
        name, dot, _ = name.rpartition(".")
        if not dot:
            return None
    return anchors[name]


def _stages(data: ReportData, anchors: Mapping[str, str]) -> dict[str, StageView]:
    touched = {name.partition(".")[0] for finding in data.findings for name in finding["explains"] or ()}
    failed = {row["stage"] for row in data.tables if row["run_id"] == data.run_id and row["status"] == "failed"}
    views = {}
    for stage in data.stages:
        mine = Counter(finding["severity"] for finding in data.findings if finding["stage"] == stage.name)
        loudest = max(mine, key=lambda name: Severity(name).rank, default=_NONE)
        if mine:
            note = ", ".join(f"{mine[name]} {name}" for name in sorted(mine, key=lambda name: -Severity(name).rank))
        elif stage.name in failed:
            note = "not read"
        else:
            note = "affected" if stage.name in touched else "quiet"
        role = stage.role if stage.role not in {None, stage.name} else None
        detail = plural(len(stage.tables), "table") if role is None else f"{role}, {plural(len(stage.tables), 'table')}"
        first = f"{stage.name}.{stage.tables[0]}" if stage.tables else stage.name
        views[stage.name] = StageView(
            "failed" if loudest == _NONE and stage.name in failed else loudest,
            affected=stage.name in touched,
            note=note,
            detail=detail,
            link=anchors.get(first, "tables"),
        )
    return views


def _carries(source: StageView, target: StageView) -> bool:
    """Tell whether a fault may have come along an edge: an affected stage below a loud or affected one."""
    return target.affected and (source.affected or source.severity != _NONE)


def _tables(data: ReportData, worst: Mapping[ColumnName, str]) -> Iterable[TableView]:
    profiles = {(row["stage"], row["table"], row["run_id"]): row for row in data.tables}
    columns: dict[TableName, dict[str, dict[str, Row]]] = {}
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
    views = tuple(_column(data, by_run, worst) for by_run in present)
    own = worst.get((stage, table, TABLE_LEVEL), _NONE)
    counts = [row["row_count"] if row is not None else None for row in past]
    severities = [_NONE] * (len(past) - 1) + [own]
    failed = now["status"] == "failed"
    return TableView(
        anchor=anchor(stage, table),
        stage=stage,
        name=table,
        severity=max((own, *(view.severity for view in views)), key=lambda name: Severity(name).rank),
        failed=failed,
        error=now["error"] or "",
        rows=count(now["row_count"]),
        change=_change(counts),
        rows_line=spark_line(data.runs, counts, severities, count, from_zero=True),
        facts=_facts(now),
        columns=views,
        column_count=MISSING if failed else plural(now["column_count"] or len(views), "column"),
        flagged=sum(view.severity != _NONE for view in views),
    )


def _change(counts: Sequence[int | None]) -> str:
    if len(counts) < 2 or counts[-1] is None or not counts[-2]:
        return ""
    ratio = counts[-1] / counts[-2] - 1
    return "=" if ratio == 0 else f"{'+' if ratio > 0 else '−'}{share(abs(ratio))}"


def _facts(row: Row) -> tuple[tuple[str, str], ...]:
    event = None
    if row.get("event_time_min") is not None:
        event = f"{number(row['event_time_min'])} to {number(row['event_time_max'])} ({row.get('event_time_column')})"
    found = (
        ("source", " ".join(str(part) for part in (row.get("source_format"), row.get("source_location")) if part)),
        ("version", None if row.get("source_version") is None else str(row["source_version"])),
        ("size", None if row.get("source_bytes") is None else size(row["source_bytes"])),
        ("event time", event),
        *_answers(row),
        ("profiled in", None if row.get("seconds") is None else seconds(row["seconds"])),
    )
    return tuple((name, text) for name, text in found if text)


def _answers(row: Row) -> Iterable[tuple[str, str | None]]:
    """Yield which model answered, and how well its answers match the labels."""
    versions = [one["version"] for one in row.get("model_versions") or ()]
    expected = row.get("expected_model_versions") or ()
    told = f" (expected {', '.join(expected)})" if expected and set(versions) != set(expected) else ""
    yield "model", f"{', '.join(versions)}{told}" if versions else None
    quality = row.get("quality") or {}
    for name, figure in (("ROC AUC", "auc"), ("accuracy", "accuracy"), ("log-loss", "log_loss"), ("Brier", "brier")):
        yield name, None if quality.get(figure) is None else f"{quality[figure]:.3f}"


def _column(data: ReportData, by_run: Mapping[str, Row], worst: Mapping[ColumnName, str]) -> ColumnView:
    now = by_run[data.run_id]
    severity = worst.get((now["stage"], now["table"], now["column"]), _NONE)
    rows = [by_run.get(run, {}) for run in data.runs]
    severities = [*(row.get("severity") or _NONE for row in rows[:-1]), severity]
    series = [_series_of(row.get("statistic")) for row in rows]

    def measure(
        name: str, show: Callable[[Any], str], of: str = "centre", *, from_zero: bool
    ) -> tuple[str, SparkLine | None]:
        values = [row.get(name) for row in rows]
        marks = [mark if which == of else _NONE for mark, which in zip(severities, series, strict=True)]
        return show(now.get(name)), spark_line(data.runs, values, marks, show, from_zero=from_zero)

    return ColumnView(
        anchor=anchor(now["stage"], now["table"], now["column"]),
        name=now["column"],
        data_type=now["data_type"],
        severity=severity,
        explanation=now["explanation"] or "",
        nulls=measure("null_share", share, "nulls", from_zero=True),
        distinct=measure("distinct_count", count, "distinct", from_zero=True),
        centre=_centre(now, measure),
        low=_extreme(now, "min_text"),
        high=_extreme(now, "max_text"),
    )


def _extreme(now: Row, name: str) -> tuple[str, str]:
    """Return a least or greatest value as shown and in full."""
    return stored(now.get(name), now["data_type"]), now.get(name) or ""


def _series_of(statistic: str | None) -> str:
    """Return which drawing of a column a statistic speaks of, for the mark on it."""
    name = statistic or ""
    if any(part in name for part in ("null", "nan", "empty", "blank")):
        return "nulls"
    if any(part in name for part in ("distinct", "label", "unseen", "lost", "missing")):
        return "distinct"
    return "centre"


def _centre(now: Row, measure: Callable[..., tuple[str, SparkLine | None]]) -> tuple[str, SparkLine | None]:
    """Return what is typical of the column: its median, mean or share of true, else its most frequent value."""
    for name in ("median", "mean"):
        if now.get(name) is not None:
            text, line = measure(name, lambda value: level(value, now["data_type"]), from_zero=False)
            return f"{name} {text}", line
    if now.get("true_share") is not None:
        text, line = measure("true_share", share, from_zero=True)
        return f"true {text}", line
    items = now.get("top_items")
    if not items:
        return MISSING, None
    often, line = measure("top_share", share, from_zero=True)
    return f"{clip(str(items[0]['item']), 24)} ({often})", line
