"""Change in a model's logarithmic loss."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import Example, Outcome, TableShift
from stageprint.shifts.base_wording import Ratio, Wording
from stageprint.shifts.model._quality import both_sides


class LogLoss(TableShift):
    """Change in the log loss, as a ratio: it sees scores that are no longer probabilities, though in the right order.

    Formula: ln(loss_C / loss_R).

    Example:
        Scores of .5 in place of .25 for rows that came true: ln(ln 4 / ln 2) turned round, ln .5 = −0.693.
    """

    name: ClassVar[str] = "log_loss"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MODEL_QUALITY})
    wording: ClassVar[Wording] = Ratio("log-loss {}")
    unit: ClassVar[str] = "logarithm of the ratio"
    convention: ClassVar[str] = "signed; mean over the rows with label and score, natural logarithm"
    source: ClassVar[str] = "Good 1952 (logarithmic score)"
    signed: ClassVar[bool] = True
    negligible_effect: ClassVar[float] = 0.03
    min_effect: ClassVar[float] = 0.10
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = 0.10
    example: ClassVar[Example] = Example(
        {"answers": {"label": [True] * 8, "score": [0.25] * 8}},
        {"answers": {"label": [True] * 8, "score": [0.5] * 8}},
        -0.6931471805599453,
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return the change."""
        found = both_sides(current, past, lambda quality: quality.log_loss)
        if isinstance(found, NotComputable):
            return found
        now, then, answers = found
        if now <= 0 or then <= 0:
            return NotComputable("the loss is 0: every score is right beyond doubt")
        return Outcome(log(now / then), 0.0, 1 / answers.scored, now=now, then=then)
