"""The whole page, put together from a report's rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from stageprint.model import TABLE_LEVEL, Severity
from stageprint.model.coverage import MIN_EARLIER_RUNS
from stageprint.model.figures import plural
from stageprint.model.judged import Judged
from stageprint.model.run_state import RunState
from stageprint.report.beside import folded
from stageprint.report.faulty_rows import FaultyRows
from stageprint.report.html.anchors import anchors_of
from stageprint.report.html.columns import ColumnName
from stageprint.report.html.data import ReportData
from stageprint.report.html.findings import check_view, finding_view, first_look_view
from stageprint.report.html.graph import lay_out
from stageprint.report.html.payload import payload
from stageprint.report.html.pictures.choose import Album
from stageprint.report.html.stages import blamed_edges, carries_fault, stage_views
from stageprint.report.html.tables import table_views
from stageprint.report.html.views import AnswerView, FindingView, ReportView
from stageprint.report.missing import missing_tables
from stageprint.report.rows import Row, worst_of
from stageprint.report.text import MISSING, count

_NONE: Final = Severity.NONE.value
_SEVERITIES: Final = ("critical", "warning", "review")
_MAX_ON_FIRST_SCREEN: Final = 3
_LEGEND: Final = (
    "review: unlikely, but no alert · warning: an alert · critical: an alert with a large effect · "
    "p: how often a healthy column would move as far by itself · "
    "usually: the range in which nothing would have been flagged"
)


def build_view(data: ReportData) -> ReportView:
    """Return everything the template prints."""
    worst = _worst(data)
    tables = tuple(table_views(data, worst))
    anchors = anchors_of(tables)
    graph, stages = lay_out(data.stages), stage_views(data, anchors)
    album, blamed = Album(data), blamed_edges(data)
    faulty = FaultyRows(data.config, _of_run(data, data.tables), _of_run(data, data.columns))
    findings = tuple(
        finding_view(
            finding, anchors, under, number=number, pictures=album.of_finding(finding), rows=faulty.of(finding)
        )
        for number, (finding, under) in enumerate(folded(data.findings), 1)
    )
    return ReportView(
        title=f"{data.pipeline} · {data.run_id}",
        subtitle=f"store {data.store}",
        tiles=_tiles(data),
        answer=_answer(data, findings),
        findings=findings,
        first_look=tuple(first_look_view(row, anchors) for row in data.first_look),
        checks=tuple(check_view(row, anchors) for row in data.checks if row["status"] != "pass"),
        passed=tuple(check_view(row, anchors) for row in data.checks if row["status"] == "pass"),
        graph=graph,
        hot=frozenset(edge for edge in graph.edges if carries_fault(stages[edge.source], stages[edge.target])),
        blamed=frozenset(edge for edge in graph.edges if (edge.source, edge.target) in blamed),
        stages=stages,
        tables=tables,
        runs=data.runs,
        others=len(data.others),
        payload=payload(data, [finding.pictures for finding in findings], album),
        foot=(
            f"stageprint {data.version} · written {data.written_at:%Y-%m-%d %H:%M %Z} · "
            f"drawings show {plural(len(data.runs), 'run')}, {data.runs[0]} to {data.runs[-1]}"
        ),
        legend=_LEGEND,
    )


def _of_run(data: ReportData, rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["run_id"] == data.run_id]


def _worst(data: ReportData) -> dict[ColumnName, str]:
    """Return each column's worst severity in the report's run, from its shifts and findings."""
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
    severities = [
        (name, count(counts[name]), name if counts[name] else "") for name in ("critical", "warning", "review")
    ]
    failed = data.run["tables_failed"] or 0
    lacking = missing_tables(data.findings).get(data.run_id)
    not_profiled = 0 if lacking is None else lacking.not_profiled
    return (
        *severities,
        ("tables profiled", count(data.run["tables_profiled"]), ""),
        ("tables failed", count(failed), "critical" if failed else ""),
        *([("tables not profiled", count(not_profiled), "critical")] if not_profiled else []),
        ("columns compared", count(data.compared["columns"]) if data.compared is not None else MISSING, ""),
        *([("columns still learning", count(learning), "")] if (learning := _judged(data).learning) else []),
        *_check_tiles(data),
    )


def _check_tiles(data: ReportData) -> list[tuple[str, str, str]]:
    if not data.checks:
        return []
    failed = [row["severity"] for row in data.checks if row["status"] == "fail"]
    return [("checks failed", f"{len(failed):,} of {len(data.checks):,}", worst_of(failed) if failed else "")]


def _judged(data: ReportData) -> Judged:
    """Return how many columns of all tables were judged; of nothing where it is not known."""
    return Judged.total((data.judged or {}).values())


def _answer(data: ReportData, findings: tuple[FindingView, ...]) -> AnswerView:
    """Return what the first screen says."""
    state, headline = _headline(data)
    shown = findings[:_MAX_ON_FIRST_SCREEN]
    return AnswerView(state, headline, _verdict(data), shown, len(findings) - len(shown))


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _headline(data: ReportData) -> tuple[str, str]:
    if data.state is not RunState.CURRENT:
        return "unknown", "Nothing can be said of this run"
    counts = Counter(finding["severity"] for finding in data.findings)
    if counts:
        kinds = [f"{number:,} {name}" for name in _SEVERITIES if (number := counts[name])]
        return worst_of(counts), f"{_listed(kinds)} finding{'' if counts.total() == 1 else 's'}"
    failed = [row["severity"] for row in data.checks if row["status"] == "fail"]
    if failed:
        return worst_of(failed), f"No findings, but {plural(len(failed), 'check')} failed"
    if _judged(data).nothing:
        return "unknown", "Still learning: nothing was judged yet"
    return "good", "No findings"


def _verdict(data: ReportData) -> str:
    if data.state is not RunState.CURRENT:
        rest = " What stands below may be of an earlier comparison." if data.compared is not None else ""
        return f"Nothing can be said of this run: it {data.state.sentence}. Run stageprint {data.state.remedy}.{rest}"
    lacking = missing_tables(data.findings).get(data.run_id)
    if lacking is not None:
        return f"{lacking.sentence}. The rest of this page is about the other tables."
    judged = _judged(data)
    learning = f"{judged.explained}." if judged.learning else ""
    if data.findings or judged.nothing:
        return learning
    compared = data.compared or {}
    columns, tables = (int(compared.get(name, 0)) for name in ("columns", "tables"))
    failed = sum(row["status"] == "fail" for row in data.checks)
    but = f" But {plural(failed, 'declared check')} failed." if failed else ""
    what = f"{plural(columns, 'column')} of {plural(tables, 'table')} were compared"
    if learning:
        which = f"the {plural(judged.whole_rule, 'column')} with enough earlier runs"
        return f"{learning} No findings in {which}: all are within their expected ranges.{but}"
    if data.judged is None and data.earlier < MIN_EARLIER_RUNS and compared.get("baseline") == "auto":
        few = f"{plural(data.earlier, 'earlier run')} are too few to say what is usual: only fixed rules applied"
        return f"No findings: {what}. {few}.{but}"
    return f"No findings: {what}, and all are within their expected ranges.{but}"
