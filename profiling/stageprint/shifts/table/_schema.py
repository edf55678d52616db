"""What the schema rules have in common."""

from __future__ import annotations

from collections.abc import Iterable

from stageprint.shifts.base import Outcome


def listed(names: Iterable[str], limit: int = 8) -> Outcome:
    """Return the number of names with the names as detail; the long end of a long list is only counted."""
    found = list(names)
    more = f" and {len(found) - limit} more" if len(found) > limit else ""
    return Outcome(float(len(found)), detail=", ".join(found[:limit]) + more if found else None)
