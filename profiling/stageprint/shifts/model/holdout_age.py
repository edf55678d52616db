"""The evaluation set ends longer before serving begins than it ever did."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, nan
from typing import ClassVar

from stageprint.features.table import TableFeatures, seconds_between
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, Example, Outcome, TableRule
from stageprint.shifts.base_wording import Number, Wording

MAX_RANGE_OF_GAPS = 0.5
"""Largest range of the earlier gaps that counts as regular, in time ranges of the evaluation set."""


class HoldoutAge(TableRule):
    """How much further the evaluation set lies behind serving than in any of at least 3 earlier runs.

    Formula: time from its last event to serving's first, beyond the longest earlier one and their range, ÷ its time
    range.

    Where serving has no stage or no event time, predictions stand for it. An evaluation set also ends early if rows are
    missing upstream, so it is about rows too.

    Example:
        An evaluation set of two days always ended as serving began, and now ends a day before: 0.5.
    """

    name: ClassVar[str] = "holdout_age"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FRESHNESS, Concern.ROWS})
    wording: ClassVar[Wording] = Number("the evaluation set has aged by {} times its usual time range")
    unit: ClassVar[str] = "usual time ranges of the evaluation set; 0 held"
    convention: ClassVar[str] = "extremes of the event times, exact"
    source: ClassVar[str] = "this project"
    min_effect: ClassVar[float] = 0.2
    critical_effect: ClassVar[float] = 0.5
    example: ClassVar[Example] = Example(
        {"role": "evaluation", "span": (0, 48), "peers": {"serving": {"span": (48, 96)}}},
        {"role": "evaluation", "span": (0, 24), "peers": {"serving": {"span": (48, 96)}}},
        0.5,
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return by how much the gap has grown."""
        now = gap(current)
        if isnan(now):
            return NotComputable("the table is no evaluation set with event times, or serving has none")
        known = [(age, run.span) for run in past if not isnan(age := gap(run)) and run.span > 0]
        if len(known) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs with event times of both, has {len(known)}")
        ages = [age for age, _ in known]
        usual = sum(span for _, span in known) / len(known)
        wander = max(ages) - min(ages)
        if wander > MAX_RANGE_OF_GAPS * usual:
            return NotComputable("the time between evaluation and serving varies from run to run")
        grown = max(0.0, (now - max(ages) - wander) / usual)
        detail = f"evaluation ends {now / 3600:.0f} h before serving begins, at most {max(ages) / 3600:.0f} h before"
        return Outcome(grown if grown >= self.min_effect else 0.0, detail=detail if grown >= self.min_effect else None)


def gap(run: TableFeatures) -> float:
    """Return the seconds from an evaluation set's last event to serving's first; NaN where they are not known."""
    if run.role != "evaluation":
        return nan
    found = (seconds_between(run.latest, run.peers[r].first) for r in ("serving", "predictions") if r in run.peers)
    return next((seconds for seconds in found if not isnan(seconds)), nan)
