"""Change in the share of zeros."""

from __future__ import annotations

from math import inf
from typing import ClassVar

from stageprint.model import NUMERIC, ColumnKind, Concern
from stageprint.shifts._share import ShareShift
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class ZeroShare(ShareShift):
    """Change in the share of zeros among the non-null values.

    Formula: |h(p_C) − h(p_R)|.
    """

    name: ClassVar[str] = "zero_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Share("{} zeros")
    convention: ClassVar[str] = "values equal to 0 (−0.0 too) ÷ (rows − nulls)"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    share: ClassVar[str] = "zero_share"
    max_df: ClassVar[float] = 8.0
    persistence: ClassVar[float] = inf
    example: ClassVar[Example] = Example([1, 2, 3, 4], [0, 1, 2, 3, None], 1.0471975511965976, ColumnKind.INTEGER)
