"""How serious a shift or a finding is."""

from __future__ import annotations

from enum import Enum


class Severity(str, Enum):
    """How serious a shift, finding or failed check is; compare severities by `rank`."""

    NONE = "none"
    REVIEW = "review"
    """Listed in the digest; nobody is alerted."""
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (none) to 3 (critical)."""
        return ("none", "review", "warning", "critical").index(self.value)
