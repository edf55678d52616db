"""Change in the share of numbers below 0."""

from __future__ import annotations

from typing import ClassVar

from stageprint.model import NUMERIC, ColumnKind, Concern
from stageprint.shifts._share import ShareShift
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class NegativeShare(ShareShift):
    """Change in the share of numbers below 0 among the non-null values.

    Its score is at most that of the whole distribution: a season moves both.

    Formula: |h(p_C) − h(p_R)|.
    """

    name: ClassVar[str] = "negative_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Share("{} negative values")
    convention: ClassVar[str] = "values below 0 (−∞ too) ÷ (rows − nulls)"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    max_df: ClassVar[float] = 5.0
    share: ClassVar[str] = "negative_share"
    capped_by: ClassVar[tuple[str, ...]] = ("ks",)
    example: ClassVar[Example] = Example([1, 2, 3, 4], [-1, 1, 2, 3, None], 1.0471975511965976, ColumnKind.INTEGER)
