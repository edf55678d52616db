"""Two columns of a table that was delivered again changed places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.model import ALL_KINDS, ColumnKind, Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Fact, Wording
from stageprint.shifts.exact._again import DeliveredAgainRule


class ColumnsExchanged(DeliveredAgainRule):
    """1 if a column of a table that was delivered again has exactly swapped places with another; else 0.

    Each has all the figures that the other had in the last run.
    """

    name: ClassVar[str] = "columns_exchanged"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FOREIGN_VALUES})
    wording: ClassVar[Wording] = Fact("the column holds what another held, and the rest of the table is as before")
    convention: ClassVar[str] = "figures are equal within one part in 10⁹"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    example: ClassVar[Example] = Example([1, 2, 3, 4], [1, 2, 3, 4], 0.0, ColumnKind.INTEGER)

    def found(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> str | None:
        """Return the other column."""
        del past
        return None if current.exchanged_with is None else f"exchanged with {current.exchanged_with}"
