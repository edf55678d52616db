"""A column that was always finite has infinite values."""

from __future__ import annotations

from typing import ClassVar

from stageprint.model import ColumnKind, Concern
from stageprint.shifts._never import Never
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Share, Wording


class NeverInfinite(Never):
    """Share of infinite values, if at least 3 earlier runs all had none.

    Formula: h(p) of that share; 0 for a few values.

    A division by 0, the logarithm of 0 and an overflow yield +∞ or −∞, often in a few rows, and one of them is enough
    to make a mean or a sum infinite. How many break the rule follows from the earlier runs and rows without any (rule
    of succession).
    """

    name: ClassVar[str] = "never_infinite"
    rows_of: ClassVar[str] = "infinite values"
    share: ClassVar[str] = "infinite_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Share("{} infinite values, where no earlier run had any")
    convention: ClassVar[str] = "+∞ and −∞ ÷ rows"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.FLOAT})
    critical_effect: ClassVar[float] = 0.2
    example: ClassVar[Example] = Example(
        [1.0, 2.0] * 50, [1.0, 2.0] * 30 + [float("inf")] * 20, 1.0471975511965976, ColumnKind.FLOAT
    )
