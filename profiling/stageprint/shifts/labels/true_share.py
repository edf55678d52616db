"""Change in the share of true."""

from __future__ import annotations

from typing import ClassVar

from stageprint.model import ColumnKind, Concern
from stageprint.shifts._share import ShareShift
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class TrueShare(ShareShift):
    """Change in the share of true values among the non-null values.

    Formula: |h(p_C) − h(p_R)|.
    """

    name: ClassVar[str] = "true_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Share("{} true")
    convention: ClassVar[str] = "true ÷ (rows − nulls)"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.BOOLEAN})
    share: ClassVar[str] = "true_share"
    pinned_limit: ClassVar[float | None] = 0.2
    max_df: ClassVar[float] = 8.0
    example: ClassVar[Example] = Example(
        [True, False], [True, False, False, False, None], 0.5235987755982989, ColumnKind.BOOLEAN
    )
