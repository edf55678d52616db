"""Change in the share of texts that begin with white space."""

from __future__ import annotations

from typing import ClassVar

from stageprint.model import ColumnKind, Concern
from stageprint.shifts._share import ShareShift
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class LeadingShare(ShareShift):
    """Change in the share of texts that begin with white space among the non-null values.

    Formula: |h(p_C) − h(p_R)|.
    """

    name: ClassVar[str] = "leading_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FORMAT})
    wording: ClassVar[Wording] = Share("{} of the texts begin with white space")
    convention: ClassVar[str] = "texts that begin with white space and hold more ÷ (rows − nulls)"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    max_df: ClassVar[float] = 5.0
    share: ClassVar[str] = "leading_share"
    needs: ClassVar[tuple[str, ...]] = ("text_edges", "counts")
    example: ClassVar[Example] = Example(
        ["a", "b", "c", "d"], [" a", "b", "c", "d", None], 1.0471975511965976, ColumnKind.STRING
    )
