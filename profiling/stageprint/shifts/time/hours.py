"""Change in the mix of hours of the day."""

from __future__ import annotations

from typing import ClassVar

from stageprint.features.column import ColumnFeatures, Floats, Reference
from stageprint.model import TIMESTAMPS, ColumnKind
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.time._mix import MixShift


class Hours(MixShift):
    """Change in the mix of hours of the day.

    Formula: total variation of the two histograms, half the sum of |p_C − p_R|.
    """

    name: ClassVar[str] = "hours"
    wording: ClassVar[Wording] = Part("{} of the times moved to other hours of the day")
    kinds: ClassVar[frozenset[ColumnKind]] = TIMESTAMPS
    needs: ClassVar[tuple[str, ...]] = ("hour_of_day",)
    cells: ClassVar[int] = 24
    example: ClassVar[Example] = Example(
        [0, 3_600_000_000, 7_200_000_000, 10_800_000_000],
        [0, 3_600_000_000, 7_200_000_000, 18_000_000_000],
        0.25,
        ColumnKind.TIMESTAMP,
    )

    def histogram(self, side: ColumnFeatures | Reference) -> Floats | None:
        """Return the shares of the 24 hours."""
        return side.hours
