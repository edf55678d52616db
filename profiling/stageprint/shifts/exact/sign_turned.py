"""The sign of every value of a table that was delivered again was turned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.features.exact import turned
from stageprint.model import NUMERIC, ColumnKind, Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Fact, Wording
from stageprint.shifts.exact._again import DeliveredAgainRule


class SignTurned(DeliveredAgainRule):
    """1 if every value is that of the last run with the other sign, in a table that was delivered again; else 0."""

    name: ClassVar[str] = "sign_turned"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Fact("the sign of every value was turned, and the rest of the table is as before")
    convention: ClassVar[str] = "figures are equal within one part in 10⁹"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    example: ClassVar[Example] = Example([1, 2, 3, 5], [-1, -2, -3, -5], 1.0, ColumnKind.INTEGER)

    def found(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> str | None:
        """Return that the sign was turned."""
        return "the sign was turned" if turned(current, past[-1]) == -1 else None
