"""Change in the share of NaN."""

from __future__ import annotations

from typing import ClassVar

from stageprint.model import ColumnKind, Concern
from stageprint.shifts._share import ShareShift
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class NanShare(ShareShift):
    """Change in the share of NaN among the non-null values.

    Formula: |h(p_C) − h(p_R)|.
    """

    name: ClassVar[str] = "nan_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MISSING_VALUES})
    wording: ClassVar[Wording] = Share("{} NaN")
    convention: ClassVar[str] = "NaN ÷ (rows − nulls)"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.FLOAT})
    share: ClassVar[str] = "nan_share"
    example: ClassVar[Example] = Example(
        [1.0] * 4, [1.0, 1.0, 1.0, float("nan"), None], 1.0471975511965976, ColumnKind.FLOAT
    )
