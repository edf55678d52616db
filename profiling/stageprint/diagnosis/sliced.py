"""Findings that began in a slice of a table: what the whole table shows as well is not reported twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from stageprint.config.pipeline import PipelineConfig
from stageprint.diagnosis.graph import ColumnNames, StageGraph
from stageprint.model import Finding, ShiftRecord


def by_slice(shifts: Iterable[ShiftRecord]) -> tuple[list[ShiftRecord], list[ShiftRecord]]:
    """Return the shifts of whole tables, and those of slices."""
    whole: list[ShiftRecord] = []
    sliced: list[ShiftRecord] = []
    for shift in shifts:
        (whole if shift.key.slice is None else sliced).append(shift)
    return whole, sliced


def unexplained(
    sliced: Sequence[ShiftRecord], whole: Sequence[ShiftRecord], findings: Sequence[Finding]
) -> list[ShiftRecord]:
    """Return the shifts of slices that nothing about the whole table accounts for.

    Where the whole column is flagged, or a finding begins in it or reaches it, its slices are explained. Where the
    table itself is flagged, all of its slices' columns are.
    """
    explained_keys = {shift.key for shift in whole if shift.severity.rank > 0}
    explained_keys.update(finding.origin for finding in findings)
    explained = {name for finding in findings for name in finding.explains}
    return [
        shift
        for shift in sliced
        if shift.key.whole not in explained_keys
        and shift.key.table_key.whole.level not in explained_keys
        and str(shift.key.whole) not in explained
    ]


def slice_graph(config: PipelineConfig, sliced: Sequence[ShiftRecord], columns: ColumnNames) -> StageGraph:
    """Return a graph of slices alone: whole tables upstream are no evidence of what feeds a slice."""
    keys = dict.fromkeys(shift.key.table_key for shift in sliced)
    return StageGraph(config.pipeline, {stage.name: () for stage in config.stages}, {}, columns, slices=keys)


def named_slice(finding: Finding, config: PipelineConfig) -> Finding:
    """Return a slice's finding as one of its table: the evidence and the sentence name the slice."""
    table = finding.origin.table_key
    if table.slice is None:
        return finding
    key, value = table.slice
    explains, others = (
        tuple(dict.fromkeys(text.replace(str(table), str(table.whole)) for text in names))
        for names in (finding.explains, finding.beside)
    )
    # At an inner stage every parent is unflagged, or the whole column would be flagged as well.
    inner = bool(config.stage(table.stage).upstream) and finding.finding_class in {"data", "population"}
    return replace(
        finding,
        finding_class="pipeline" if inner else finding.finding_class,
        explains=explains,
        beside=others,
        evidence={**finding.evidence, "slice": {"key": key, "value": value}},
        sentence=f"In slice {key} = {value}: {finding.sentence}".replace(str(table), str(table.whole)),
    )
