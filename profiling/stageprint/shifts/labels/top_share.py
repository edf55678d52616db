"""Change in the most frequent label's share."""

from __future__ import annotations

from typing import ClassVar

from stageprint.features.formulas import arcsine
from stageprint.features.pairs import Pairs
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Share, Wording


class TopShare(ColumnShift):
    """Change in the share of the most frequent label, whichever it is in each run.

    Formula: h(top_C) − h(top_R).
    """

    name: ClassVar[str] = "top_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Share("the most frequent label has {} of the values")
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "signed; a reference of several runs is the mean of their top shares"
    source: ClassVar[str] = "Cohen, Statistical Power Analysis (1988), §6: effect size h"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    needs: ClassVar[tuple[str, ...]] = ("frequent_items",)
    signed: ClassVar[bool] = True
    max_df: ClassVar[float] = 6.0
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = 0.06
    example: ClassVar[Example] = Example(
        ["a", "a", "b", "c"], ["b", "b", "b", "c"], 0.5235987755982989, ColumnKind.STRING
    )

    def compute(self, pairs: Pairs) -> Measured:
        """Return the change; its dead zone is what both tops' bounds leave open."""
        now, then = pairs.now("top_share"), pairs.then("top_share")
        now_error, then_error = pairs.now("top_error"), pairs.then("top_error")
        error = (arcsine(now + now_error) - arcsine(now - now_error)) / 2
        error = error + (arcsine(then + then_error) - arcsine(then - then_error)) / 2
        return Measured(
            arcsine(now) - arcsine(then), error, pairs.inverse("present"), current_figure=now, reference_figure=then
        )
