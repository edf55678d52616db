"""Texts, binary values or arrays that always had one length have another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.model import ColumnKind, Concern, NotComputable
from stageprint.shifts._succession import is_broken
from stageprint.shifts.base import MIN_INVARIANT_RUNS, ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Share, Wording

MIN_LENGTH: Final = 2
"""Smallest fixed length that says something: flags and grades of one character are compared as labels."""

MIN_NUMBER_SHARE: Final = 0.5
"""Share of numbers among the texts from which on they may grow a digit."""


class FixedLength(ColumnRule):
    """Share of values of another length, if at least 3 earlier runs all had values of one length alone.

    Formula: h(p) of a lower bound of that share: mean (length − L)² ÷ largest (length − L)², L being the fixed length.
    It is exact where all other values are of one length.

    Postcodes without their leading zero, codes that were cut and vectors of another model change their length. Numbers
    that grow a digit make no news. How many values break the rule follows from the earlier runs and rows without any
    (rule of succession).
    """

    name: ClassVar[str] = "fixed_length"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FORMAT})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Share("{} of the values have another length than all values of earlier runs")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "lower bound of the share of the non-null values"
    source: ClassVar[str] = "Laplace's rule of succession with Jeffreys' prior; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING, ColumnKind.BINARY, ColumnKind.ARRAY})
    needs: ClassVar[tuple[str, ...]] = ("lengths",)
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example(
        ["01067", "10115"] * 50, ["10115"] * 75 + ["1067"] * 25, 1.0471975511965976, ColumnKind.STRING
    )

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return how many values have another length."""
        known = [run for run in past if run.length_max >= 0]
        if len(known) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs with values, has {len(known)}")
        if not current.length_max >= 0:
            return NotComputable("no values in this run")
        lengths = {end for run in known for end in (run.length_min, run.length_max)}
        if len(lengths) > 1:
            return NotComputable("the values had several lengths in earlier runs")
        (fixed,) = lengths
        if fixed < MIN_LENGTH:
            return NotComputable(f"the values had a length of {fixed:.0f}: they are compared as labels")
        share = _share_of_others(current, fixed)
        grew = current.length_min >= fixed and current.number_share >= MIN_NUMBER_SHARE
        broken = not grew and is_broken(
            len(known), sum(run.present for run in known), share * current.present, current.present
        )
        detail = f"{current.length_min:.0f} to {current.length_max:.0f}, before {fixed:.0f}"
        return Outcome(float(arcsine(share)), detail=detail) if broken else Outcome(0.0)


def _share_of_others(current: ColumnFeatures, fixed: float) -> float:
    """Return a lower bound of the share of values whose length is not `fixed`."""
    farthest = max(abs(current.length_min - fixed), abs(current.length_max - fixed))
    square = current.length_deviation**2 + (current.length_mean - fixed) ** 2
    return min(1.0, square / farthest**2) if farthest else 0.0
