"""Change in the share of whole numbers."""

from __future__ import annotations

from typing import ClassVar

from stageprint.model import ColumnKind, Concern
from stageprint.shifts._share import ShareShift
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class WholeShare(ShareShift):
    """Change in the share of whole numbers among the finite values of a column that may have decimal places.

    Formula: |h(p_C) − h(p_R)|.
    """

    name: ClassVar[str] = "whole_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FORMAT})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Share("{} whole numbers")
    convention: ClassVar[str] = "finite values without decimal places ÷ finite values"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.FLOAT, ColumnKind.DECIMAL})
    max_df: ClassVar[float] = 5.0
    share: ClassVar[str] = "whole_share"
    needs: ClassVar[tuple[str, ...]] = ("number_forms", "counts")
    example: ClassVar[Example] = Example(
        [0.5, 1.5, 2.5, 3.5], [1.0, 1.5, 2.5, 3.5, None], 1.0471975511965976, ColumnKind.FLOAT
    )
