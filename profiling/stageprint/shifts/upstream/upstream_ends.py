"""A table that always began and ended at the same place of the upstream table's time range does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, Example, Outcome, TableRule
from stageprint.shifts.base_wording import Part, Wording

MIN_RANGES_BEYOND = 3.0
"""An end is off beyond this many times the range of the earlier runs, for many runs."""

FEW_RUNS_WEIGHT = 6
"""The limit is multiplied by 1 + this ÷ the number of runs: the range of a few runs is smaller than that of many."""

MIN_PART_OF_UPSTREAM_RANGE = 0.02
"""Smallest part of the upstream range by which an end is off."""


class UpstreamEnds(TableRule):
    """How far an end of the table's event times is from where the upstream table's event times put it.

    Formula: distance of the worse end ÷ the upstream table's range of event times.

    A filter on time cuts at the same place in every run: a number of days from the start of the upstream range, or from
    its end, or at a share of it. Whichever of these varied least in at least 3 earlier runs says where each end should
    be. An end is off if its distance is more than three times their range (nine times after three runs) and 2 % of the
    upstream range. Rows missing at an end show here, so it is about rows too.

    Example:
        Upstream spans 30 days, the table always all of them; now it stops after 21: 0.3.
    """

    name: ClassVar[str] = "upstream_ends"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.EVENT_TIME, Concern.ROWS, Concern.UPSTREAM})
    wording: ClassVar[Wording] = Part("an end of the time range is off by {} of the upstream table's range")
    unit: ClassVar[str] = "part of the upstream range; 0 held"
    convention: ClassVar[str] = "the larger of both ends, from the middle of the earlier runs"
    source: ClassVar[str] = "this project"
    min_effect: ClassVar[float] = MIN_PART_OF_UPSTREAM_RANGE
    critical_effect: ClassVar[float] = 0.2
    example: ClassVar[Example] = Example(
        {"days": 30, "upstream_days": 30},
        {"days": 21, "upstream_days": 30},
        0.3,
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return how far the worse end is off."""
        known = [run for run in past if run.places is not None]
        if current.places is None:
            return NotComputable("no range of event times in this table, or in the upstream table")
        if len(known) < MIN_INVARIANT_RUNS:
            return NotComputable(
                f"needs {MIN_INVARIANT_RUNS} earlier runs with both ranges of event times, has {len(known)}"
            )
        off = [_off(current, known, end) for end in (0, 1)]
        worst = max(off)
        detail = f"{('first', 'last')[off.index(worst)]} event time" if worst else None
        return Outcome(worst, detail=detail)


def _off(current: TableFeatures, past: Sequence[TableFeatures], end: int) -> float:
    """Return how far an end is off by the measure that varied least; 0 where it is not."""
    found = []
    for measure in range(3):
        values = [run.places[end][measure] for run in past if run.places is not None]
        spread = (max(values) - min(values)) / (1.0 if measure == 2 else _span(current))
        middle = (max(values) + min(values)) / 2
        found.append((spread, middle, measure))
    spread, middle, measure = min(found)
    if current.places is None:
        return 0.0
    apart = abs(current.places[end][measure] - middle) / (1.0 if measure == 2 else _span(current))
    limit = max(MIN_PART_OF_UPSTREAM_RANGE, MIN_RANGES_BEYOND * (1 + FEW_RUNS_WEIGHT / len(past)) * spread)
    return apart if apart > limit else 0.0


def _span(table: TableFeatures) -> float:
    return table.upstream_ends[1] - table.upstream_ends[0] if table.upstream_ends is not None else 1.0
