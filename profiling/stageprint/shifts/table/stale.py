"""A table delivers the run before once more."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, Example, Outcome, TableRule
from stageprint.shifts.base_wording import Fact, Wording


class Stale(TableRule):
    """Rows and latest event time repeat the previous run's, although the event time moved in every earlier run.

    Formula: 1 if they do, else 0.

    A table without an event time is judged by its columns, see `frozen`.

    Example:
        1,000 rows up to midnight in each of three runs, a day later every time; today the same as yesterday: 1.
    """

    name: ClassVar[str] = "stale"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FRESHNESS})
    wording: ClassVar[Wording] = Fact("rows and latest event time repeat the run before")
    unit: ClassVar[str] = "1 broken, 0 held"
    convention: ClassVar[str] = "latest event time to the microsecond, rows exactly"
    source: ClassVar[str] = "this project"
    min_effect: ClassVar[float] = 1.0
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example({"rows": 1000, "latest": [1, 2, 3]}, {"rows": 1000, "latest": 3}, 1.0)

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return 1 where the rule is broken."""
        if current.latest is None or any(run.latest is None for run in past):
            return NotComputable("no event time is known in every run")
        if len(past) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs, has {len(past)}")
        if any(before.latest == after.latest for before, after in pairwise(past)):
            return NotComputable("the latest event time does not move in every run")
        broken = current.rows == past[-1].rows and current.latest == past[-1].latest
        return Outcome(1.0 if broken else 0.0, detail=f"latest event time {current.latest}" if broken else None)
