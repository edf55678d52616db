"""How serious a shift or a finding is."""

from __future__ import annotations

from enum import Enum


class Severity(str, Enum):
    """How loud a shift or a finding is; compare with `rank`."""

    NONE = "none"
    REVIEW = "review"
    """Digest only; never pages."""
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (none) to 3 (critical)."""
        return ("none", "review", "warning", "critical").index(self.value)
