"""The clock of every value of a table that was delivered again moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.features.exact import happened_before, zone
from stageprint.model import TIMESTAMPS, ColumnKind, Concern
from stageprint.model.figures import duration
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Fact, Wording
from stageprint.shifts.exact._again import DeliveredAgainRule


class ZoneMoved(DeliveredAgainRule):
    """1 if the clock of every value moved, in a table that was delivered again; else 0.

    Every timestamp is that of the last run moved by whole quarters of an hour, up to 14 hours. In a zone with daylight
    saving time the first and the last value move by steps that differ by one hour.
    """

    name: ClassVar[str] = "zone_moved"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.EVENT_TIME})
    wording: ClassVar[Wording] = Fact("the clock of every value moved, and the rest of the table is as before")
    convention: ClassVar[str] = "figures are equal within one part in 10⁹"
    kinds: ClassVar[frozenset[ColumnKind]] = TIMESTAMPS
    example: ClassVar[Example] = Example(
        [0, 1_000_000, 5_000_000], [3_600_000_000, 3_601_000_000, 3_605_000_000], 1.0, ColumnKind.TIMESTAMP
    )

    def found(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> str | None:
        """Return by how much the clock moved."""
        step = zone(current, past[-1])
        return None if step == 0 or happened_before(past, zone, 0.0) else f"the clock moved by {duration(step / 1e6)}"
