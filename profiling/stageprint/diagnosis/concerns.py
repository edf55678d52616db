"""What a node is flagged for, by what its statistics are about."""

from __future__ import annotations

from stageprint.diagnosis.evidence import Evidence
from stageprint.model import ColumnKey, Concern, ShiftRecord
from stageprint.shifts import all_shifts, concerns_of


def is_about(shift: ShiftRecord, *concerns: Concern) -> bool:
    """Return whether a shift's statistic is about one of these."""
    return not concerns_of(shift.statistic).isdisjoint(concerns)


def is_flagged_for(evidence: Evidence, node: ColumnKey, *concerns: Concern) -> bool:
    """Return whether a statistic about one of these flags the node."""
    return any(is_about(shift, *concerns) for shift in evidence.flagged_shifts(node))


def is_flagged_only_for(evidence: Evidence, node: ColumnKey, *concerns: Concern) -> bool:
    """Return whether every statistic that flags the node is about one of these; True of a node that none flags."""
    return all(is_about(shift, *concerns) for shift in evidence.flagged_shifts(node))


def is_harmless(shift: ShiftRecord) -> bool:
    """Return whether a shift never makes an alert by itself."""
    known = all_shifts().get(shift.statistic)
    return known is not None and known.review_only
