"""A column that moves on step by step leapt ahead."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, Final

from stageprint.features.advancing import Advance, AdvanceKind
from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.model import ORDERED, ColumnKind, Concern, NotComputable
from stageprint.shifts.advancing._advance import AdvanceRule, is_odd, share_above
from stageprint.shifts.base import Example, Outcome
from stageprint.shifts.base_wording import Share, Wording

MAX_STEPS: Final = 20
"""Largest earlier steps that the column may move on at once: runs may have been left out."""


class AdvanceJumped(AdvanceRule):
    """Share of the values that lie further ahead than twenty of the largest earlier steps.

    Formula: h(p) of that share.

    A step is the distance of two runs' largest values. Seconds that became milliseconds, a year 9999 for "never" and
    keys of another source are that far ahead; a run after a pause is not.
    """

    name: ClassVar[str] = "advance_jumped"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.PROGRESS})
    wording: ClassVar[Wording] = Share("{} of the values lie more than twenty steps ahead")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "share of non-null values, less what the sketch leaves open"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    ways: ClassVar[frozenset[AdvanceKind]] = frozenset({AdvanceKind.TIME, AdvanceKind.SEQUENCE, AdvanceKind.CUMULATIVE})
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 1.5
    example: ClassVar[Example] = Example([1, 2, 3], [1, 2, 3], 0.0, ColumnKind.INTEGER)

    def breach(
        self, advance: Advance, current: ColumnFeatures, past: Sequence[ColumnFeatures]
    ) -> Outcome | NotComputable:
        """Return the share of values that lie too far ahead."""
        step = max(max(abs(after.maximum - before.maximum), _width(after)) for before, after in pairwise(past))
        share = share_above(current, past[-1].maximum + MAX_STEPS * step)
        return Outcome(float(arcsine(share)) if is_odd(share, 0.0, current) else 0.0, detail=advance.how)


def _width(run: ColumnFeatures) -> float:
    return run.maximum - run.minimum
