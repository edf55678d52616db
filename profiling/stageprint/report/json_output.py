"""JSON output (``--format json``): rows as strict JSON that every parser accepts."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from enum import Enum
from typing import Any

from stageprint.skew.records import TableSkew

FINDING_KEYS = (
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
)
"""Keys of a finding, in order. A stable interface: keys may be added, but never removed or renamed."""

CHECK_KEYS = (
    "run_id",
    "stage",
    "table",
    "column",
    "check",
    "status",
    "severity",
    "expected",
    "observed",
    "reason",
    "message",
)
"""Keys of a check result, in order; equally stable. `column` is null for a check of the whole table."""


def check_objects(checks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return check results with exactly the keys of `CHECK_KEYS`."""
    return [{key: check.get(key) for key in CHECK_KEYS} for check in checks]


def finding_objects(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return findings with exactly the keys of `FINDING_KEYS`."""
    return [{key: finding.get(key) for key in FINDING_KEYS} for finding in findings]


def skew_objects(skews: Iterable[TableSkew]) -> list[dict[str, Any]]:
    """Return compared pairs of tables: each side as ``stage.table``, shares as 0–1."""
    return [
        {
            **asdict(skew),
            "left": str(skew.left),
            "right": str(skew.right),
            "columns": [{**asdict(column), "share": column.share} for column in skew.columns],
        }
        for skew in skews
    ]


def to_json(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as a JSON list of objects; JSON has no NaN and no infinity, so they become null and text."""
    return json.dumps([_plain(row) for row in rows], ensure_ascii=False, allow_nan=False, indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else str(value)
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode("ascii")
    # A decimal becomes text: a double would lose digits.
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)
