"""Keys the reference did not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.formulas import arcsine
from stageprint.features.table import HASHED_UNLIKE, TableFeatures, hashed_alike, mean_bounded, share_in
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import Example, Outcome, TableShift
from stageprint.shifts.base_wording import Share, Wording


class NewKeys(TableShift):
    """Share of the keys that the reference does not have, on average over its runs.

    Formula: h of |C ∖ R| / |C|.

    A table of events has new keys only, in every run, which its history shows; a dimension gets a few.

    Example:
        Of 100 keys 25 are new: h(.25) = 1.047.
    """

    name: ClassVar[str] = "new_keys"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.KEYS})
    wording: ClassVar[Wording] = Share("{} of the keys are new")
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "distinct keys, whatever number of rows each has"
    source: ClassVar[str] = "Dasgupta, Lang, Rhodes & Thaler 2016 (theta sketches); Cohen 1988 for h"
    symmetric: ClassVar[bool] = False
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = 0.06
    example: ClassVar[Example] = Example(
        {"rows": 100, "keys": range(25, 125)}, {"rows": 100, "keys": range(100)}, 1.0471975511965976
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return the share of new keys."""
        theta = current.theta
        if theta is None:
            return NotComputable("no keys were kept in this run")
        known = mean_bounded(
            past, lambda run: share_in(theta, run.theta) if run.theta is not None and run.key == current.key else None
        )
        if known is None:
            if any(run.theta is not None and not hashed_alike(theta, run.theta) for run in past):
                return HASHED_UNLIKE
            return NotComputable("the same keys were not kept in the reference")
        new, least = float(arcsine(1 - known.value)), float(arcsine(1 - min(1.0, known.upper)))
        floor = 1 / current.keys.value if current.keys is not None and current.keys.value > 0 else 0.0
        return Outcome(new, new - least, floor)
