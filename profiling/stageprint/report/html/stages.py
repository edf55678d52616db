"""The boxes of the stage graph: the worst severity of each stage, and whether an upstream fault reached it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from stageprint.model import Severity
from stageprint.model.figures import plural
from stageprint.model.judged import Judged
from stageprint.model.run_state import RunState
from stageprint.report.html.data import ReportData
from stageprint.report.html.views import StageView
from stageprint.report.rows import worst_of

_NONE: Final = Severity.NONE.value


def stage_views(data: ReportData, anchors: Mapping[str, str]) -> dict[str, StageView]:
    """Return each stage's box by the stage's name; `anchors` are those of `anchors_of`."""
    affected = {name.partition(".")[0] for finding in data.findings for name in finding["explains"] or ()}
    failed = {row["stage"] for row in data.tables if row["run_id"] == data.run_id and row["status"] == "failed"}
    nothing_found = "no findings" if data.state is RunState.CURRENT else data.state.value
    learning = {stage.name for stage in data.stages if Judged.total(_judged_in(data, stage.name)).nothing}
    views = {}
    for stage in data.stages:
        own = Counter(finding["severity"] for finding in data.findings if finding["stage"] == stage.name)
        worst = worst_of(own)
        if own:
            note = ", ".join(f"{own[name]} {name}" for name in sorted(own, key=lambda name: -Severity(name).rank))
        elif stage.name in failed:
            note = "not read"
        else:
            quiet = "learning" if stage.name in learning and data.state is RunState.CURRENT else nothing_found
            note = "affected" if stage.name in affected else quiet
        role = stage.role if stage.role not in {None, stage.name} else None
        detail = plural(len(stage.tables), "table") if role is None else f"{role}, {plural(len(stage.tables), 'table')}"
        first = f"{stage.name}.{stage.tables[0]}" if stage.tables else stage.name
        views[stage.name] = StageView(
            "failed" if worst == _NONE and stage.name in failed else worst,
            affected=stage.name in affected,
            origin=bool(data.findings) and data.findings[0]["stage"] == stage.name,
            note=note,
            detail=detail,
            link=anchors.get(first, "tables"),
        )
    return views


def _judged_in(data: ReportData, stage: str) -> list[Judged]:
    return [judged for key, judged in (data.judged or {}).items() if key.stage == stage]


def carries_fault(source: StageView, target: StageView) -> bool:
    """Return whether a fault may have spread along an edge: from a flagged or affected stage to an affected one."""
    return target.affected and (source.affected or source.severity != _NONE)


def blamed_edges(data: ReportData) -> set[tuple[str, str]]:
    """Return the edges, from stage to stage, on which findings say that rows were lost, doubled or changed."""
    found = set()
    for finding in data.findings:
        source = (finding["evidence"] or {}).get("source_table")
        if isinstance(source, str):
            found.add((source.partition(".")[0], finding["stage"]))
    return found
