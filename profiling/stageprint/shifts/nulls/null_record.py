"""Far more nulls than in any earlier run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.model import ALL_KINDS, ColumnKind, Concern, NotComputable
from stageprint.shifts._predictive import ScaledByItsPast, outcome, predicted
from stageprint.shifts.base import ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Share, Wording

USUAL_SPREAD: Final = 0.06
"""Standard deviation of h(share of nulls) of a column without history."""

MIN_RISE, MIN_RATIO = 0.10, 3.0
"""How much more nulls than ever make a record: so many points, and so many times as many."""

LARGE_RISE, MIN_RUNS_FOR_LARGE_RISE, LARGE_RISE_P = 0.30, 7, 5e-5
"""Or so many points, once a week of runs has shown how far the share goes; and how often healthy columns do that."""

GROSS: Final = 0.75
"""Rise of h that is asked for after one run, which has shown nothing of how the share varies."""

RECORD_SHARE: Final = 0.1
"""Share of the tail of the predictive distribution that is a record, by simulation (docs/adr/0027)."""


class NullRecord(ScaledByItsPast, ColumnRule):
    """How far the share of nulls is above the largest of all earlier runs.

    Formula: h(p_C) − h(max p), where p_C is at least 10 points above and three times max p; else 0.

    After seven runs 30 points are enough. How likely that is follows from the shares of the earlier runs, on the
    arcsine scale: it speaks early where they hardly varied, and of a share that went from 0–45 % to 87 %.
    """

    name: ClassVar[str] = "null_record"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MISSING_VALUES})
    wording: ClassVar[Wording] = Share("{} nulls, more than in any earlier run,")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 within what was seen"
    convention: ClassVar[str] = "nulls ÷ rows; against the largest share of the earlier runs"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.3
    default_scale: ClassVar[float] = USUAL_SPREAD
    example: ClassVar[Example] = Example([1.0] * 100, [1.0] * 75 + [None] * 25, 1.0471975511965976, ColumnKind.FLOAT)

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return how far the share is above all earlier ones."""
        shares, now = [run.null_share for run in past], current.null_share
        top = max(shares)
        known = predicted([float(arcsine(share)) for share in shares], USUAL_SPREAD, 1 / max(1.0, current.rows))
        rise = now - top
        grown = rise >= MIN_RISE and now >= MIN_RATIO * top
        level, beyond = float(arcsine(now)), float(arcsine(now) - arcsine(top))
        large = rise >= LARGE_RISE and len(past) >= MIN_RUNS_FOR_LARGE_RISE
        if not (grown or large) or (len(past) == 1 and beyond < GROSS):
            return outcome(0.0, 1.0, known.scale, now, top)
        p = min(RECORD_SHARE * known.p(level), LARGE_RISE_P if large else 1.0)
        return outcome(beyond, p, known.scale, now, top)
