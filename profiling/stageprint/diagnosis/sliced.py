"""Findings that began in a slice of a table: what the whole shows as well is not told a second time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from stageprint.config.pipeline import PipelineConfig
from stageprint.diagnosis.graph import ColumnNames, StageGraph
from stageprint.model import TABLE_LEVEL, ColumnKey, Finding, ShiftRecord
from stageprint.slices import WHOLE, split_name


def by_slice(shifts: Iterable[ShiftRecord]) -> tuple[list[ShiftRecord], list[ShiftRecord]]:
    """Return the shifts of whole tables, and those of slices."""
    whole: list[ShiftRecord] = []
    sliced: list[ShiftRecord] = []
    for shift in shifts:
        (whole if split_name(shift.key.table)[1] == WHOLE else sliced).append(shift)
    return whole, sliced


def unexplained(
    sliced: Sequence[ShiftRecord], whole: Sequence[ShiftRecord], findings: Sequence[Finding]
) -> list[ShiftRecord]:
    """Return the shifts of slices that nothing of the whole table accounts for.

    Where the whole column is flagged at all, or a finding begins in it or reaches it, its slices are explained; where
    the table itself is, all of its slices' columns are.
    """
    told = {shift.key for shift in whole if shift.severity.rank > 0}
    told.update(finding.origin for finding in findings)
    told_names = {name for finding in findings for name in finding.explains}
    left = []
    for shift in sliced:
        table, _ = split_name(shift.key.table)
        of_whole = ColumnKey(shift.key.stage, table, shift.key.column)
        of_table = ColumnKey(shift.key.stage, table, TABLE_LEVEL)
        if of_whole not in told and of_table not in told and str(of_whole) not in told_names:
            left.append(shift)
    return left


def slice_graph(config: PipelineConfig, sliced: Sequence[ShiftRecord], columns: ColumnNames) -> StageGraph:
    """Return a graph of slices alone: what feeds a slice, the whole tables upstream do not tell."""
    tables: dict[str, list[str]] = {}
    for shift in sliced:
        names = tables.setdefault(shift.key.stage, [])
        if shift.key.table not in names:
            names.append(shift.key.table)
    return StageGraph(config.pipeline, {stage.name: () for stage in config.stages}, tables, columns)


def named_slice(finding: Finding, config: PipelineConfig) -> Finding:
    """Return a finding of a slice as one of its table: the evidence and the sentence name the slice."""
    table, member = split_name(finding.origin.table)
    name = f"{finding.origin.stage}.{finding.origin.table}"
    explains = (text.replace(name, f"{finding.origin.stage}.{table}") for text in finding.explains)
    # At an inner stage every parent is unflagged, or the whole column would tell.
    inner = bool(config.stage(finding.origin.stage).upstream) and finding.finding_class in {"data", "population"}
    return replace(
        finding,
        origin=replace(finding.origin, table=table),
        finding_class="pipeline" if inner else finding.finding_class,
        explains=tuple(dict.fromkeys(explains)),
        evidence={**finding.evidence, "slice": {"key": member.key, "value": member.value}},
        sentence=f"In slice {member.key} = {member.value}: {finding.sentence}".replace(finding.origin.table, table),
    )
