"""Findings and check results as rows: the keys that the store, the terminal, HTML and JSON share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stageprint.model import TABLE_LEVEL, CheckOutcome, Finding

Row = Mapping[str, Any]


def check_row(check: CheckOutcome) -> dict[str, Any]:
    """Return a check's result as a row; `column` is None for a check of the whole table."""
    return {
        "run_id": check.run_id,
        "stage": check.key.stage,
        "table": check.key.table,
        "column": None if check.key.column == TABLE_LEVEL else check.key.column,
        "check": check.check,
        "status": check.status,
        "severity": check.severity.value,
        "expected": check.expected,
        "observed": check.observed,
        "reason": check.reason,
        "message": check.message,
    }


def finding_row(finding: Finding) -> dict[str, Any]:
    """Return a finding as a row; `column` is None for a finding about the whole table."""
    column = finding.origin.column
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
    }


def place(row: Row) -> str:
    """Return ``stage.table.column``, or ``stage.table`` for a finding or check about the whole table."""
    parts = [row["stage"], row["table"]]
    if row["column"] not in {None, TABLE_LEVEL}:
        parts.append(row["column"])
    return ".".join(str(part) for part in parts)
