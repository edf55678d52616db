"""Change in a model's accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.formulas import arcsine
from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import Example, Outcome, TableShift
from stageprint.shifts.base_wording import Share, Wording
from stageprint.shifts.model._quality import both_sides


class Accuracy(TableShift):
    """Change in the share of rows whose prediction equals the label, among rows that have both.

    Formula: h(p_C) − h(p_R).

    Example:
        A model that was right in 100 of 100 rows and is in 75: h(.75) − h(1) = −1.047.
    """

    name: ClassVar[str] = "accuracy"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MODEL_QUALITY})
    wording: ClassVar[Wording] = Share("{} correct predictions")
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "signed; rows without a label do not count"
    source: ClassVar[str] = "Cohen 1988 for h"
    signed: ClassVar[bool] = True
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.3
    default_scale: ClassVar[float] = 0.06
    example: ClassVar[Example] = Example(
        {"answers": {"label": [True] * 100, "prediction": [True] * 100}},
        {"answers": {"label": [True] * 100, "prediction": [True] * 75 + [False] * 25}},
        -1.0471975511965976,
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return the change."""
        found = both_sides(current, past, lambda quality: quality.accuracy)
        if isinstance(found, NotComputable):
            return found
        now, then, answers = found
        value = float(arcsine(now) - arcsine(then))
        return Outcome(value, 0.0, 1 / answers.compared, now=now, then=then)
