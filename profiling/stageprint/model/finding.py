"""A finding: what went wrong, where it began, since when, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stageprint.model.keys import ColumnKey
from stageprint.model.severity import Severity

FindingClass = str
"""``data``, ``pipeline``, ``population`` or ``unknown``."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that went wrong: where it began, since when, why, and what it explains.

    Attributes:
        finding_id: Stable for the same pipeline, run, origin and cause.
        run_id: Run under test.
        severity: How loud.
        cause: Registered name of the cause, such as ``join_lost_rows``.
        finding_class: ``data``, ``pipeline``, ``population`` or ``unknown``.
        origin: Stage, table and column where it began.
        first_run: First run in which the origin was flagged without a gap since.
        explains: Downstream (and sibling) columns whose shifts this explains, as ``stage.table.column``.
        confidence: 0–1, the cause's fit against the runner-up's.
        alternatives: Other causes that fit nearly as well.
        evidence: The figures behind it; JSON-serialisable.
        sentence: One plain sentence.
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
