"""The machine interface: rows as JSON that every parser reads."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

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
"""Keys of a finding, in order. Part of the stable interface: keys may be added, none goes or changes."""


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
"""Keys of a check's result, in order; the same promise. `column` is null for a check of the whole table."""


def check_objects(checks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return check results with exactly the keys of the interface."""
    return [{key: check.get(key) for key in CHECK_KEYS} for check in checks]


def finding_objects(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return findings with exactly the keys of the interface."""
    return [{key: finding.get(key) for key in FINDING_KEYS} for finding in findings]


def to_json(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as a JSON list of objects; NaN and infinity, which JSON has not, become null and text."""
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
    # A decimal goes as text: a double would lose digits of what is exact.
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)
