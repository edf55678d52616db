"""A column that moves on with every run went back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from stageprint.features.advancing import Advance, AdvanceKind
from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.model import ColumnKind, Concern, NotComputable
from stageprint.shifts.advancing._advance import AdvanceRule, is_odd, share_below
from stageprint.shifts.base import Example, Outcome
from stageprint.shifts.base_wording import Share, Wording


class AdvanceBack(AdvanceRule):
    """Share of the values that lie before the range of the previous run, although the column moves on with every run.

    Formula: h(p) of that share.

    Broken where it is more than one value in a hundred beyond three times what any earlier run had: late rows are
    ordinary, an earlier load delivered again or dates that became 1970-01-01 are not.
    """

    name: ClassVar[str] = "advance_back"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.PROGRESS})
    wording: ClassVar[Wording] = Share("{} of the values lie before those of the run before")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "share of non-null values, less what the sketch leaves open"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    ways: ClassVar[frozenset[AdvanceKind]] = frozenset({AdvanceKind.TIME, AdvanceKind.SEQUENCE, AdvanceKind.CUMULATIVE})
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 1.5
    example: ClassVar[Example] = Example([1, 2, 3], [1, 2, 3], 0.0, ColumnKind.INTEGER)

    def breach(
        self, advance: Advance, current: ColumnFeatures, past: Sequence[ColumnFeatures]
    ) -> Outcome | NotComputable:
        """Return the share of values that went back."""
        usual = max(_before(after, before) for before, after in pairwise(past))
        share = _before(current, past[-1])
        return Outcome(float(arcsine(share)) if is_odd(share, usual, current) else 0.0, detail=advance.how)


def _before(run: ColumnFeatures, last: ColumnFeatures) -> float:
    """Return the share of a run's values that lie before the range of the last one."""
    if run.labels is not None and last.labels is not None:
        first = min(last.labels.index, default="")
        return float(sum(run.labels.lower[at] for label, at in run.labels.index.items() if label < first))
    return share_below(run, last.minimum)
