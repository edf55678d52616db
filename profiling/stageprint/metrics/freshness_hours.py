"""Age of the latest value."""

from __future__ import annotations

from typing import ClassVar, Final

from stageprint.metrics._as_of import DAY, AsOfMetric
from stageprint.model import ColumnKind, ColumnProfile

_HOUR: Final = 3_600_000_000


class FreshnessHoursMetric(AsOfMetric):
    """Hours from the latest value to the end of the run's logical date; negative where the value is later.

    A date counts from its midnight, as in the check ``freshness``: the logical date itself is 24 hours old.
    """

    name: ClassVar[str] = "freshness_hours"
    unit: ClassVar[str] = "hours"
    source: ClassVar[str] = "exact; end of the logical date (UTC) − maximum"

    def of(self, column: ColumnProfile, low: int, high: int, as_of: int) -> float:  # noqa: ARG002 -- only the latest value counts
        """Return the hours."""
        return (as_of - (high * DAY if column.kind is ColumnKind.DATE else high)) / _HOUR
