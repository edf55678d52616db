"""A column that was never NaN has NaN."""

from __future__ import annotations

from typing import ClassVar

from stageprint.model import ColumnKind
from stageprint.shifts._never import Never
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class NeverNan(Never):
    """Share of NaN, if at least 3 earlier runs all had none.

    Formula: h(p) of that share; 0 for a few values.

    0 ÷ 0, the logarithm of a negative number and a failed parse yield NaN, often in a few rows. How many break the
    rule follows from the earlier runs and rows without any (rule of succession).
    """

    name: ClassVar[str] = "never_nan"
    rows_of: ClassVar[str] = "NaN"
    share: ClassVar[str] = "nan_share"
    wording: ClassVar[Wording] = Share("{} NaN, where no earlier run had any")
    convention: ClassVar[str] = "NaN ÷ rows"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.FLOAT})
    example: ClassVar[Example] = Example(
        [1.0, 2.0] * 50, [1.0, 2.0] * 30 + [float("nan")] * 20, 1.0471975511965976, ColumnKind.FLOAT
    )
