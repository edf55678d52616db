"""JSON output (``--format json``): rows as strict JSON that every parser accepts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from stageprint.model.finding import FINDING_KEYS
from stageprint.model.json_values import plain_json
from stageprint.skew.records import TableSkew

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
"""Keys of a check result, in order. A stable interface: keys may be added, but never removed or renamed.

`column` is null for a check of the whole table.
"""


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
    return json.dumps([plain_json(row) for row in rows], ensure_ascii=False, allow_nan=False, indent=2)
