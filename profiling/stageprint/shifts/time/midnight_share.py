"""Change in the share of timestamps at midnight."""

from __future__ import annotations

from typing import ClassVar

from stageprint.model import TIMESTAMPS, ColumnKind, Concern
from stageprint.shifts._share import ShareShift
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class MidnightShare(ShareShift):
    """Change in the share of timestamps at exactly midnight: dates that are stored as timestamps.

    Formula: |h(p_C) − h(p_R)|.
    """

    name: ClassVar[str] = "midnight_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.EVENT_TIME})
    wording: ClassVar[Wording] = Share("{} of the times are exactly midnight")
    convention: ClassVar[str] = "timestamps at 00:00:00 (UTC; as written, without time zone) ÷ non-null timestamps"
    kinds: ClassVar[frozenset[ColumnKind]] = TIMESTAMPS
    max_df: ClassVar[float] = 5.0
    share: ClassVar[str] = "midnight_share"
    needs: ClassVar[tuple[str, ...]] = ("midnights", "counts")
    example: ClassVar[Example] = Example(
        [3_600_000_000, 7_200_000_000, 10_800_000_000, 14_400_000_000],
        [0, 7_200_000_000, 10_800_000_000, 14_400_000_000, None],
        1.0471975511965976,
        ColumnKind.TIMESTAMP,
    )
