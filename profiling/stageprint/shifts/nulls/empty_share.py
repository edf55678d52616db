"""Change in the share of empty strings."""

from __future__ import annotations

from typing import ClassVar

from stageprint.model import ColumnKind, Concern
from stageprint.shifts._share import ShareShift
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class EmptyShare(ShareShift):
    """Change in the share of empty texts among the non-null values.

    Formula: |h(p_C) − h(p_R)|.
    """

    name: ClassVar[str] = "empty_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.PLACEHOLDERS})
    wording: ClassVar[Wording] = Share("{} empty strings")
    convention: ClassVar[str] = "'' ÷ (rows − nulls)"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    share: ClassVar[str] = "empty_share"
    example: ClassVar[Example] = Example(
        ["a", "b", "c", "d"], ["", "a", "b", "c", None], 1.0471975511965976, ColumnKind.STRING
    )
