"""Rules about rows of a kind that no earlier run had: nulls, NaN, infinite values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.model import Concern, NotComputable
from stageprint.shifts._succession import is_broken
from stageprint.shifts.base import MIN_INVARIANT_RUNS, ColumnRule, Outcome


class Never(ColumnRule):
    """Share of rows of a kind, if at least 3 earlier runs all had none.

    How many rows break the rule follows from the earlier runs and rows without any (rule of succession).

    Attributes:
        rows_of: The rows, as the reason names them where an earlier run had some.
        share: Attribute of `ColumnFeatures` with their share of the non-null rows.
    """

    rows_of: ClassVar[str]
    share: ClassVar[str]
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MISSING_VALUES})
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    source: ClassVar[str] = "Laplace's rule of succession with Jeffreys' prior; Cohen 1988 for h"
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 1.0

    def count(self, run: ColumnFeatures) -> float:
        """Return how many rows of a run are of the kind; NaN where that was not counted."""
        return float(np.rint(getattr(run, self.share) * (run.rows - run.nulls)))

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return how many such rows there are."""
        if len(past) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs, has {len(past)}")
        if any(self.count(run) > 0 for run in past):
            return NotComputable(f"had {self.rows_of} in an earlier run")
        now = self.count(current)
        broken = is_broken(len(past), sum(run.rows for run in past), now, current.rows)
        return Outcome(float(arcsine(now / current.rows)) if broken else 0.0)
