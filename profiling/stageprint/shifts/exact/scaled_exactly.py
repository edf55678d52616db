"""Every value of a table that was delivered again was multiplied by one factor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.features.exact import factor, happened_before
from stageprint.model import NUMERIC, ColumnKind, Concern
from stageprint.model.figures import number
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Fact, Wording
from stageprint.shifts.exact._again import DeliveredAgainRule


class ScaledExactly(DeliveredAgainRule):
    """1 if every value is that of the last run times one factor, in a table that was delivered again; else 0."""

    name: ClassVar[str] = "scaled_exactly"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Fact(
        "every value was multiplied by one factor, and the rest of the table is as before"
    )
    convention: ClassVar[str] = "figures are equal within one part in 10⁹"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    example: ClassVar[Example] = Example([1, 2, 3, 5], [100, 200, 300, 500], 1.0, ColumnKind.INTEGER)

    def found(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> str | None:
        """Return the factor."""
        by = factor(current, past[-1])
        return None if by == 1 or happened_before(past, factor, 1.0) else f"multiplied by {number(by)}"
