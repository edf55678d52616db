"""Check results as rows with the keys of the JSON interface, and the place that a row is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stageprint.model import STAGE_LEVEL, TABLE_LEVEL, CheckOutcome, Severity

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


def place(row: Row) -> str:
    """Return ``stage.table.column``; of a finding or check about a table ``stage.table``, about a stage its name."""
    if row["table"] == STAGE_LEVEL:
        return str(row["stage"])
    parts = [row["stage"], row["table"]]
    if row["column"] not in {None, TABLE_LEVEL}:
        parts.append(row["column"])
    return ".".join(str(part) for part in parts)


def worst_of(severities: Iterable[str]) -> str:
    """Return the worst of some severities by name; ``none`` of nothing."""
    return max(severities, key=lambda name: Severity(name).rank, default=Severity.NONE.value)
