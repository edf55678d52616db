"""A column that moves on with every run has stopped."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from stageprint.features.advancing import Advance, AdvanceKind
from stageprint.features.column import ColumnFeatures
from stageprint.model import ColumnKind, Concern, NotComputable
from stageprint.shifts.advancing._advance import AdvanceRule
from stageprint.shifts.base import Example, Outcome
from stageprint.shifts.base_wording import Fact, Wording


class AdvanceStalled(AdvanceRule):
    """A time, sequence or cumulative count repeats the range of the previous run, although it moves on with every run.

    Formula: 1 if the smallest and largest value (for texts: all values) repeat, else 0.

    The column must have moved on in nearly all earlier transitions, and have repeated its range in none.
    """

    name: ClassVar[str] = "advance_stalled"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.PROGRESS})
    wording: ClassVar[Wording] = Fact("the range of values repeats the run before, although it moves on with every run")
    unit: ClassVar[str] = "1 broken, 0 held"
    convention: ClassVar[str] = "extremes compared exactly"
    source: ClassVar[str] = "this project"
    ways: ClassVar[frozenset[AdvanceKind]] = frozenset({AdvanceKind.TIME, AdvanceKind.SEQUENCE, AdvanceKind.CUMULATIVE})
    min_effect: ClassVar[float] = 1.0
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example([1, 2, 3], [1, 2, 3], 0.0, ColumnKind.INTEGER)

    def breach(
        self, advance: Advance, current: ColumnFeatures, past: Sequence[ColumnFeatures]
    ) -> Outcome | NotComputable:
        """Return 1 where the column did not move on."""
        del advance
        if any(_repeats(before, after) for before, after in pairwise(past)):
            return NotComputable("repeated its range in an earlier run")
        return Outcome(1.0 if _repeats(past[-1], current) else 0.0)


def _repeats(before: ColumnFeatures, after: ColumnFeatures) -> bool:
    if before.labels is not None and after.labels is not None:
        return before.labels.index.keys() == after.labels.index.keys()
    return (before.minimum, before.maximum) == (after.minimum, after.maximum)
