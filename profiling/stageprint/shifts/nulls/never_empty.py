"""A column that was never empty has empty texts, arrays or maps."""

from __future__ import annotations

from typing import ClassVar

from stageprint.model import SIZED, ColumnKind, Concern
from stageprint.shifts._never import Never
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class NeverEmpty(Never):
    """Share of empty texts, binary values, arrays or maps, if at least 3 earlier runs all had none.

    Formula: h(p) of that share; 0 for a few values.

    A failed look-up or an aggregation over no rows often yields an empty list or text in place of null, which no check
    for missing values sees. How many break the rule follows from the earlier runs and rows without any (rule of
    succession).
    """

    name: ClassVar[str] = "never_empty"
    rows_of: ClassVar[str] = "empty values"
    share: ClassVar[str] = "empty_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.PLACEHOLDERS})
    wording: ClassVar[Wording] = Share("{} empty values, where no earlier run had any")
    convention: ClassVar[str] = "values of length 0 ÷ rows"
    kinds: ClassVar[frozenset[ColumnKind]] = SIZED
    example: ClassVar[Example] = Example(
        ["a", "b"] * 50, ["a", "b"] * 30 + [""] * 20, 1.0471975511965976, ColumnKind.STRING
    )
