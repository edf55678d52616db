"""Largest change in one label's share."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Floats, StackedLabels
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.labels._label_shift import LabelShift


class LInfinityShare(LabelShift):
    """Largest change in any label's share, as TFX and Databricks show it; alerts go by `l_infinity`.

    Formula: max over labels of |p_C − p_R|.
    """

    name: ClassVar[str] = "l_infinity_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Part("the share of the label that moved most changed by {}")
    unit: ClassVar[str] = "share 0–1"
    convention: ClassVar[str] = "L∞ of plain shares, rare labels pooled"
    source: ClassVar[str] = "Breck et al. 2019 (TFX data validation)"
    used_in_decision: ClassVar[bool] = False
    example: ClassVar[Example] = Example(
        ["hello"] + ["world"] * 9, ["hello"] * 3 + ["world"] * 7, 0.2, ColumnKind.STRING
    )

    def distance(self, stack: StackedLabels, now: Floats, then: Floats) -> Floats:
        """Return the largest change."""
        return stack.largest(np.abs(now - then))
