"""Bare graphs: flags without profiles."""

from __future__ import annotations

from collections.abc import Mapping

from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import flag
from stageprint.diagnosis.graph import StageGraph
from stageprint.diagnosis.localise import localise
from stageprint.model import ColumnKey, Severity


def chain(
    flagged: Mapping[str, Mapping[str, str]],
    *,
    upstream: Mapping[str, tuple[str, ...]] | None = None,
    columns: Mapping[str, tuple[str, ...]] | None = None,
    effects: Mapping[str, float] | None = None,
    severities: Mapping[str, Severity] | None = None,
    since: Mapping[str, tuple[str, ...]] | None = None,
) -> Evidence:
    """Return an evidence of flags alone: stage → column → statistic; every stage has one table ``t``."""
    stages = upstream or {"raw": (), "joined": ("raw",), "features": ("joined",)}
    known = columns or {}
    graph = StageGraph(
        "chain",
        stages,
        {stage: ["t"] for stage in stages},
        lambda key: known.get(key.stage, ("x", "y", "bucket")[: 2 + (key.stage == "features")]),
    )
    shifts = [
        flag(
            ColumnKey(stage, "t", column),
            statistic,
            effect=(effects or {}).get(f"{stage}.{column}", 10.0),
            severity=(severities or {}).get(f"{stage}.{column}", Severity.WARNING),
        )
        for stage, found in flagged.items()
        for column, statistic in found.items()
    ]
    earlier = {f"{place}": runs for place, runs in (since or {}).items()}
    return Evidence(
        run_id="5",
        graph=graph,
        history=["1", "2", "3", "4"],
        shifts=shifts,
        columns=lambda *_: None,
        tables=lambda *_: None,
        flagged_runs=lambda key: earlier.get(f"{key.stage}.{key.column}", ()),
    )


def origins(evidence: Evidence) -> list[str]:
    return [str(incident.origin) for incident in localise(evidence)]
