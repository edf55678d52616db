"""Findings as rows of the result tables."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from stageprint.model import Finding
from stageprint.pipeline.profile_codec import row_keys


def finding_row(pipeline: str, baseline: str, finding: Finding, now: dt.datetime) -> dict[str, Any]:
    """Return a finding as a row of `findings`.

    Args:
        pipeline: The pipeline.
        baseline: What its run was compared with.
        finding: The finding.
        now: When it was found.
    """
    return {
        **row_keys(pipeline, finding.run_id, finding.origin.table_key),
        "finding_id": finding.finding_id,
        "severity": finding.severity.value,
        "cause": finding.cause,
        "class": finding.finding_class,
        "column_name": finding.origin.column,
        "first_run": finding.first_run,
        "explains": list(finding.explains),
        "confidence": finding.confidence,
        "alternatives": list(finding.alternatives),
        "evidence": json.dumps(finding.evidence, default=str),
        "sentence": finding.sentence,
        "baseline": baseline,
        "found_at": now,
    }
