"""Change in the share of nulls beside the upstream column's."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import ClassVar

from stageprint.features.formulas import arcsine
from stageprint.features.upstream import UpstreamPair
from stageprint.model import ALL_KINDS, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import ColumnRelation, Example, Outcome
from stageprint.shifts.base_wording import Share, Wording, share_of


class UpstreamNull(ColumnRelation):
    """Change in the share of nulls, beyond the change in the upstream column's.

    Formula: |g_C − g_R|, g = h(share of nulls) − h(share of nulls upstream); g_R is the mean over the reference's runs.

    Nulls that come and go upstream leave it unchanged; nulls that a join or a job adds do not.
    """

    name: ClassVar[str] = "upstream_null"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MISSING_VALUES, Concern.UPSTREAM})
    wording: ClassVar[Wording] = Share("{} nulls")
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "difference of differences; nulls ÷ rows"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.3
    default_scale: ClassVar[float] = 0.06
    max_df: ClassVar[float] = 6.5
    example: ClassVar[Example] = Example([1.0] * 4, [1.0] * 3 + [None], 1.0471975511965976, ColumnKind.FLOAT)

    def compare(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome | NotComputable:
        """Return the change; sampling gives it the variance of the column's own share."""
        gaps = [gap for run in past if not isnan(gap := run.null_gap)]
        if isnan(current.null_gap) or not gaps:
            return NotComputable("nulls were not counted")
        usual = sum(gaps) / len(gaps)
        value = abs(current.null_gap - usual)
        above = current.parent.null_share
        # What the column would have, were it as far from the upstream column as usual.
        expected = share_of(float(arcsine(above)) + usual)
        detail = f"{above:.2%} upstream, {current.about}"
        return Outcome(value, 0.0, 1 / current.child.rows, detail, now=current.child.null_share, then=expected)
