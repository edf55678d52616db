"""Change in the area under a model's ROC curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import Example, Outcome, TableShift
from stageprint.shifts.base_wording import Difference, Wording
from stageprint.shifts.model._quality import both_sides
from stageprint.states.quality import QualityState


class Auc(TableShift):
    """Change in the ROC AUC: how much more, or less, often a true row scores higher than a false one.

    Formula: AUC_C − AUC_R.

    Example:
        Scores that ranked every true row above every false one, and now one of two: .5 − 1 = −.5.
    """

    name: ClassVar[str] = "auc"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MODEL_QUALITY})
    wording: ClassVar[Wording] = Difference("ROC AUC {}")
    unit: ClassVar[str] = "area, −1 to 1"
    convention: ClassVar[str] = "signed; ties count half"
    source: ClassVar[str] = "Hanley & McNeil 1982; its variance is at most AUC (1 − AUC) ÷ rows of the rarer label"
    signed: ClassVar[bool] = True
    negligible_effect: ClassVar[float] = 0.01
    min_effect: ClassVar[float] = 0.03
    critical_effect: ClassVar[float] = 0.10
    default_scale: ClassVar[float] = 0.03
    example: ClassVar[Example] = Example(
        {"answers": {"label": [True, False], "score": [0.9, 0.1]}},
        {"answers": {"label": [True, False, True, False], "score": [0.9, 0.1, 0.2, 0.95]}},
        -0.5,
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return the change; its dead zone is what the cells of the grid leave open."""
        found = both_sides(current, past, lambda quality: _part(quality, 0))
        if isinstance(found, NotComputable):
            return found
        now, then, answers = found
        errors = both_sides(current, past, lambda quality: _part(quality, 1))
        error = 0.0 if isinstance(errors, NotComputable) else errors.now + errors.then
        rarer = min(answers.positives, answers.scored - answers.positives)
        return Outcome(now - then, error, max(now * (1 - now), 0.01) / rarer, now=now, then=then)


def _part(quality: QualityState, part: int) -> float | NotComputable:
    area = quality.auc
    return area if isinstance(area, NotComputable) else area[part]
