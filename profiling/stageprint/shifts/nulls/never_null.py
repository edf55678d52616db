"""A column that was never null has nulls."""

from __future__ import annotations

from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.model import ALL_KINDS, ColumnKind
from stageprint.shifts._never import Never
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class NeverNull(Never):
    """Share of nulls, if at least 3 earlier runs all had none.

    Formula: h(p) of that share; 0 for a few nulls.

    How many nulls break the rule follows from the earlier runs and rows without any (rule of succession).
    """

    name: ClassVar[str] = "never_null"
    rows_of: ClassVar[str] = "nulls"
    share: ClassVar[str] = "null_share"
    wording: ClassVar[Wording] = Share("{} nulls, where no earlier run had any")
    convention: ClassVar[str] = "nulls ÷ rows"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    example: ClassVar[Example] = Example([1, 2] * 50, [1, 2] * 30 + [None] * 20, 1.0471975511965976, ColumnKind.INTEGER)

    def count(self, run: ColumnFeatures) -> float:
        """Return the number of nulls, whose share is one of all rows."""
        return run.nulls
