"""What the statistics of a table's size have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from math import isnan, log
from typing import ClassVar

from stageprint.features.table import TableFeatures, mean_of
from stageprint.model import NotComputable
from stageprint.shifts.base import Outcome, TableShift


class VolumeShift(TableShift):
    """|ln(v_C / v_R)| of a count, v_R the mean over the reference's runs."""

    unit: ClassVar[str] = "natural log of a ratio"
    convention: ClassVar[str] = "absolute log ratio; a reference of several runs is their arithmetic mean"
    source: ClassVar[str] = "this project"

    @abstractmethod
    def figure(self, table: TableFeatures) -> float:
        """Return the count; NaN where it is not known."""

    def chance(self, now: float, then: float, current: TableFeatures, past: Sequence[TableFeatures]) -> float:
        """Return the variance that chance gives the statistic; a count of n independent arrivals varies by 1/n."""
        del current
        return 1 / now + 1 / then / len(past)

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return the logarithm of the ratio, 0 where both are 0."""
        now, then = self.figure(current), mean_of(past, self.figure)
        for side, count in (("this run", now), ("the reference", then)):
            if isnan(count):
                return NotComputable(f"{self.name} not known in {side}")
            if count == 0 and now != then:
                return NotComputable(f"{self.name} is 0 in {side}")
        if now == then == 0:
            return Outcome(0.0)
        floor = self.chance(now, then, current, past)
        return Outcome(abs(log(now / then)), floor=floor, now=now, then=then)
