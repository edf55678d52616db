"""What the rules of exact transformations have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.model import NotComputable
from stageprint.shifts.base import ColumnRule, Outcome


class DeliveredAgainRule(ColumnRule):
    """A rule about a table whose rows and most columns are exactly those of the last run.

    1 where a column that is not was transformed as a whole, else 0.
    """

    unit: ClassVar[str] = "1 broken, 0 held"
    source: ClassVar[str] = "this project: central moments under a shift and a scaling"
    min_effect: ClassVar[float] = 1.0
    critical_effect: ClassVar[float] = 1.0

    @abstractmethod
    def found(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> str | None:
        """Return what was done to every value since the last of the runs, in words; None: nothing exact."""

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return whether every value was transformed in one way."""
        if not current.delivered_again:
            return NotComputable("the rest of the table is not exactly that of the last run")
        detail = self.found(current, past)
        return Outcome(0.0) if detail is None else Outcome(1.0, detail=detail)
