"""Change in the share of infinite values."""

from __future__ import annotations

from typing import ClassVar

from stageprint.model import ColumnKind, Concern
from stageprint.shifts._share import ShareShift
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class InfiniteShare(ShareShift):
    """Change in the share of infinite values among the non-null values.

    Formula: |h(p_C) − h(p_R)|.
    """

    name: ClassVar[str] = "infinite_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Share("{} infinite values")
    convention: ClassVar[str] = "+∞ and −∞ ÷ (rows − nulls)"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.FLOAT})
    max_df: ClassVar[float] = 5.0
    share: ClassVar[str] = "infinite_share"
    example: ClassVar[Example] = Example(
        [1.0, 2.0, 3.0, 4.0], [float("inf"), 1.0, 2.0, 3.0, None], 1.0471975511965976, ColumnKind.FLOAT
    )
