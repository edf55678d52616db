"""Change in the share of nulls."""

from __future__ import annotations

from typing import ClassVar

from stageprint.model import ALL_KINDS, ColumnKind, Concern
from stageprint.shifts._share import ShareShift
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class NullShare(ShareShift):
    """Change in the share of nulls among all rows.

    Formula: |h(p_C) − h(p_R)|.

    The floor is a third below that of other shares: a rise by one point reaches it in columns of up to 6 % nulls, with
    the usual floor in columns of up to 2 %.
    """

    name: ClassVar[str] = "null_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MISSING_VALUES})
    wording: ClassVar[Wording] = Share("{} nulls")
    convention: ClassVar[str] = "nulls ÷ rows; NaN is no null"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    share: ClassVar[str] = "null_share"
    of: ClassVar[str] = "rows"
    max_df: ClassVar[float] = 6.5
    min_effect: ClassVar[float] = 0.04
    extreme_effect: ClassVar[float] = 0.75
    example: ClassVar[Example] = Example([1.0] * 4, [1.0] * 3 + [None], 1.0471975511965976, ColumnKind.FLOAT)
