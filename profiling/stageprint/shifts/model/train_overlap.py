"""Change in the share of evaluation keys that were trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.table import HASHED_UNLIKE, TableFeatures, mean_bounded, share_change
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import Example, Outcome, TableShift
from stageprint.shifts.base_wording import Share, Wording
from stageprint.shifts.model.never_overlapped import hashed_unlike_training, trained_on


class TrainOverlap(TableShift):
    """Change in the share of the evaluation set's keys that are also in the training set.

    Formula: h(p_C) − h(p_R), p = |T ∩ E| / |E|.

    Some pipelines have customers in both on purpose; then it matters that there are more of them than usual. Where
    there were none, see `never_overlapped`.

    Example:
        Of 100 keys none was trained on, now 25: h(.25) − h(0) = 1.047.
    """

    name: ClassVar[str] = "train_overlap"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.TRAINING_OVERLAP})
    wording: ClassVar[Wording] = Share("{} of the evaluation keys are training keys")
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "signed; the key of most columns that both tables declare"
    source: ClassVar[str] = "Dasgupta, Lang, Rhodes & Thaler 2016 (theta sketches); Cohen 1988 for h"
    signed: ClassVar[bool] = True
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.3
    default_scale: ClassVar[float] = 0.06
    example: ClassVar[Example] = Example(
        {"rows": 100, "role": "evaluation", "keys": range(100), "peers": {"training": {"keys": range(500, 900)}}},
        {"rows": 100, "role": "evaluation", "keys": range(100), "peers": {"training": {"keys": range(75, 400)}}},
        1.0471975511965976,
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return the change; its dead zone is what both sides' bounds leave open."""
        now, then = trained_on(current), mean_bounded(past, trained_on)
        if (now is None or then is None) and any(map(hashed_unlike_training, (current, *past))):
            return HASHED_UNLIKE
        if now is None or then is None:
            where = "this run" if now is None else "the reference"
            return NotComputable(f"no key that a training set declares too in {where}")
        return Outcome(*share_change(now, then), 1 / max(current.rows, 1.0), now=now.value, then=then.value)
