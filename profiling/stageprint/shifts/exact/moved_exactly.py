"""A constant was added to every value of a table that was delivered again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.features.exact import happened_before, offset
from stageprint.model import NUMERIC, ColumnKind, Concern
from stageprint.model.figures import number
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Fact, Wording
from stageprint.shifts.exact._again import DeliveredAgainRule

MAX_AGE_STEP = 31
"""Largest whole step that may be time going by, such as an age in days or weeks."""

MIN_RUNS_WITHOUT_STEP = 8
"""Earlier runs without such a step that say that the column does not age."""

MAX_ROUNDING = 1e-6


class MovedExactly(DeliveredAgainRule):
    """1 if every value is that of the last run plus one constant, in a table that was delivered again; else 0.

    Columns that moved as a whole before, such as ages, are left alone; so is a step of a few whole units with fewer
    than 8 earlier runs.
    """

    name: ClassVar[str] = "moved_exactly"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Fact("every value moved by one constant, and the rest of the table is as before")
    convention: ClassVar[str] = "figures are equal within one part in 10⁹"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    example: ClassVar[Example] = Example([1, 2, 3, 5], [101, 102, 103, 105], 1.0, ColumnKind.INTEGER)

    def found(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> str | None:
        """Return the constant."""
        step = offset(current, past[-1])
        if step == 0 or happened_before(past, offset, 0.0):
            return None
        whole = abs(step) <= MAX_AGE_STEP and abs(step - round(step)) < MAX_ROUNDING
        aged = whole and len(past) < MIN_RUNS_WITHOUT_STEP
        return None if aged else f"{number(step)} was added"
