"""What the statistics of label shares have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Floats, Pairs, StackedLabels
from stageprint.model import ColumnKind
from stageprint.shifts.base import ColumnShift, Measured


class LabelShift(ColumnShift):
    """A distance of two label distributions with the rare labels pooled.

    Its dead zone is the distance less the least that the frequent items' bounds allow.
    """

    unit: ClassVar[str] = "0–1"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    needs: ClassVar[tuple[str, ...]] = ("frequent_items",)
    assumes_level: ClassVar[bool] = True

    @abstractmethod
    def distance(self, stack: StackedLabels, now: Floats, then: Floats) -> Floats:
        """Return the statistic of every pair from flat shares; where bounds are meant they need not sum to 1."""

    def floor(self, pairs: Pairs) -> Floats:
        """Return the sampling variance of the statistic."""
        return pairs.inverse("present")

    def compute(self, pairs: Pairs) -> Measured:
        """Return the distance with its dead zone."""
        stack = pairs.labels
        value = self.distance(stack, stack.now, stack.then)
        least = self.distance(stack, *stack.nearest)
        return Measured(value, np.maximum(0.0, value - least), self.floor(pairs))
