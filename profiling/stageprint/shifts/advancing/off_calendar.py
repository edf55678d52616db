"""A calendar part disagrees with the days of the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.advancing import Advance, AdvanceKind
from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.model import NUMERIC, ColumnKind, Concern, NotComputable
from stageprint.shifts.advancing._advance import AdvanceRule, is_odd
from stageprint.shifts.base import Example, Outcome
from stageprint.shifts.base_wording import Share, Wording


class OffCalendar(AdvanceRule):
    """Share of the values that are no longer the calendar part of the run's days, which they always were.

    Formula: h(p) of that share.

    A column is known as a calendar part (month, weekday, year, date, …) if in at least 3 earlier runs its values were
    that part of the run's days and changed with them at least twice. The days are those of the table's event time,
    else those that the runs' dates leave.
    """

    name: ClassVar[str] = "off_calendar"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.PROGRESS})
    wording: ClassVar[Wording] = Share("{} of the values are not the calendar part of the run's days")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "share of non-null values; up to 400 different values a run"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    ways: ClassVar[frozenset[AdvanceKind]] = frozenset({AdvanceKind.CALENDAR_PART})
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC | {ColumnKind.STRING}
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 1.5
    example: ClassVar[Example] = Example([1, 2, 3], [1, 2, 3], 0.0, ColumnKind.INTEGER)

    def breach(
        self, advance: Advance, current: ColumnFeatures, past: Sequence[ColumnFeatures]
    ) -> Outcome | NotComputable:
        """Return the share of values of other days."""
        del past
        found = advance.calendar
        if found is None or not is_odd(found.strays, found.usual, current):
            return Outcome(0.0)
        return Outcome(float(arcsine(min(1.0, found.strays))), detail=advance.how)
