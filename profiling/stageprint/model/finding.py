"""A finding: one problem, with its cause and the place and run in which it began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from stageprint.model.change import Change
from stageprint.model.keys import TABLE_LEVEL, ColumnKey
from stageprint.model.severity import Severity

FindingClass = str
"""``data``, ``pipeline``, ``population`` or ``unknown``."""


FINDING_KEYS: Final = (
    "finding_id",
    "run_id",
    "severity",
    "cause",
    "class",
    "stage",
    "table",
    "column",
    "first_run",
    "explains",
    "confidence",
    "alternatives",
    "evidence",
    "sentence",
    "beside",
    "told_once",
    "slice_key",
    "slice_value",
    "incident_id",
    "status",
    "incident_status",
    "changes",
)
"""Keys of a finding as a JSON object, in order. A stable interface: keys may be added, but never removed or renamed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of a run: its most likely cause, where and when it began, and which shifts it explains.

    Attributes:
        finding_id: Identifier; the same for the same pipeline, run, origin and cause.
        run_id: Run under test.
        severity: WARNING, CRITICAL or REVIEW.
        cause: Registered name of the cause, such as ``join_lost_rows``.
        finding_class: What kind of cause it is: ``data``, ``pipeline``, ``population`` or ``unknown``.
        origin: The stage, table and column in which it began.
        first_run: First run of the unbroken series of runs, up to `run_id`, in which the origin was flagged.
        explains: Other columns whose shifts this finding explains, as ``stage.table.column``.
        confidence: 0–1: how much better the evidence fits this cause than the next best one.
        alternatives: Names of other causes that fit nearly as well.
        evidence: The figures on which the cause was decided; can be written as JSON.
        sentence: The finding in one sentence.
        beside: Columns of the same table that moved in the same run, and that this finding does not explain: each has a
            finding of its own if it is worth one.
        told_once: Whether it is an event: what is new is what later runs are compared with.
        incident_id: The incident that it belongs to; None: not decided yet.
        status: ``new`` where the incident began in its run, else ``ongoing``; None: not decided yet.
        incident_status: How the incident stands after its run; None: not decided yet.
        changes: What was different in `first_run` from the run before; a coincidence in time, no proof.
    """

    finding_id: str
    run_id: str
    severity: Severity
    cause: str
    finding_class: FindingClass
    origin: ColumnKey
    first_run: str
    explains: tuple[str, ...]
    confidence: float
    alternatives: tuple[str, ...]
    evidence: Mapping[str, Any]
    sentence: str
    beside: tuple[str, ...] = ()
    told_once: bool = False
    incident_id: str | None = None
    status: str | None = None
    incident_status: str | None = None
    changes: tuple[Change, ...] = ()


def finding_object(finding: Finding) -> dict[str, Any]:
    """Return a finding with the keys of `FINDING_KEYS`; `column` is None for a finding about the whole table."""
    column, part = finding.origin.column, finding.origin.slice
    return {
        "finding_id": finding.finding_id,
        "run_id": finding.run_id,
        "severity": finding.severity.value,
        "cause": finding.cause,
        "class": finding.finding_class,
        "stage": finding.origin.stage,
        "table": finding.origin.table,
        "column": None if column == TABLE_LEVEL else column,
        "first_run": finding.first_run,
        "explains": list(finding.explains),
        "confidence": finding.confidence,
        "alternatives": list(finding.alternatives),
        "evidence": dict(finding.evidence),
        "sentence": finding.sentence,
        "beside": list(finding.beside),
        "told_once": finding.told_once,
        "slice_key": None if part is None else part.key,
        "slice_value": None if part is None else part.value,
        "incident_id": finding.incident_id,
        "status": finding.status,
        "incident_status": finding.incident_status,
        "changes": [one.to_row() for one in finding.changes],
    }
