"""Calendar parts: which values a column has in a run if it is the month, weekday, year, … of the run's days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from math import inf
from typing import Final

import numpy as np

from stageprint.features.calendar_functions import (
    COUNTED,
    PARTS,
    TEXT_PARTS,
    CalendarPart,
    Value,
    part_values,
    parts_with,
)
from stageprint.features.column import ColumnFeatures

MAX_VALUES: Final = 400
"""Most different values of a calendar part in a run; a column with more is none."""

MAX_STRAY_SHARE: Final = 0.005
"""Largest share of a past run's rows that may be of other days, such as late ones."""

MIN_COVERED_PART: Final = 0.4
"""Least part of the run's days, as many as its rows can cover, whose values must occur in every past run. A rating
from 1 to 5 lies within the days of a month too, but takes few of them."""

MANY_VALUES: Final = 12
"""Number of values that could occur in a run from which on the smallest and the largest of them must occur in half of
the past runs. Hours from 5 to 23 lie within the days of a month, and are many of them."""

MIN_CHANGES: Final = 2
"""Past transitions at which the values must have changed as the calendar says, before a part is known."""

MIN_KNOWN_RUNS: Final = 3
"""Past runs that must agree before a part is known."""


@dataclass(frozen=True, slots=True)
class Occurring:
    """The different values of a column in a run.

    Attributes:
        shares: Value → its share of the column's values; case-folded texts.
        size: Number of values.
    """

    shares: dict[Value, float]
    size: float

    def strays(self, expected: frozenset[Value]) -> float:
        """Return the share of the values that are none of the expected ones."""
        if self.shares.keys() <= expected:
            return 0.0
        return sum(share for value, share in self.shares.items() if value not in expected)

    def covers(self, expected: frozenset[Value]) -> bool:
        """Return whether enough of the expected values occur, considering the number of rows."""
        return self.many_of(len(expected), len(self.shares.keys() & expected))

    def many_of(self, expected: int, occurring: int) -> bool:
        """Return whether so many values are enough of the expected number of values, considering the number of rows."""
        reachable = expected * (1 - (1 - 1 / expected) ** min(self.size, 1e6)) if expected > 1 else 1.0
        return occurring >= MIN_COVERED_PART * reachable


@dataclass(frozen=True, slots=True)
class CalendarColumn:
    """A column whose values in every past run were a calendar part of the run's days.

    Attributes:
        part: The part.
        window: Position in `WINDOW_NAMES` of the days that it is the part of.
        known: Whether its past proves it; otherwise it may be chance.
        usual: Largest share of other values in a past run.
        strays: Share of the current run's values that are no such part of its days.
        breadth: Number of values that could have occurred, over all past runs: the smaller, the more it explains.
    """

    part: CalendarPart
    window: int
    known: bool
    usual: float
    strays: float
    breadth: int

    @property
    def agrees(self) -> bool:
        """Whether the current run's values are this part of its days, but for as many strays as usual."""
        return self.strays <= self.usual + MAX_STRAY_SHARE


def occurring(features: ColumnFeatures) -> Occurring | None:
    """Return the values of a column in a run; None where they are too many, not all known, or no whole numbers."""
    if features.labels is not None:
        labels = features.labels
        if not labels.exact or not labels.index or len(labels.index) > MAX_VALUES:
            return None
        shares: dict[Value, float] = {}
        for label, at in labels.index.items():
            folded = label.casefold()
            shares[folded] = shares.get(folded, 0.0) + float(labels.estimate[at])
        return Occurring(shares, features.present)
    cdf = features.cdf
    if cdf is None or cdf.rank_error or len(cdf.points) > MAX_VALUES or cdf.points[0] % 1 or cdf.points[-1] % 1:
        return None
    return Occurring(dict(zip(cdf.points.tolist(), cdf.masses.tolist(), strict=True)), features.present)


def calendar_column(current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> CalendarColumn | None:
    """Return the calendar part that a column is, by its past runs; None where it is none.

    Of several parts that fit, known ones are preferred, of these the one that leaves fewest values open, then one that
    the current run agrees with.

    Args:
        current: The run under test, with its `windows`.
        past: The past runs with values, oldest first; at least one.
    """
    last = past[-1]
    top = _most_frequent(last)
    if top is None or all(days is None for days in last.windows):
        return None
    texts = last.labels is not None
    parts = TEXT_PARTS if texts else PARTS
    moved = not texts and any((run.minimum, run.maximum) != (last.minimum, last.maximum) for run in (past[0], current))
    history = _History(current, past)
    found: list[CalendarColumn] = []
    for window, days in enumerate(last.windows):
        if days is None or any(one.agrees and one.known and not one.part.counted for one in found):
            continue
        for number in (*parts_with(texts, days).get(top, ()), *(COUNTED if moved else ())):
            one = history.fit(parts[number], number, window)
            if one is not None:
                found.append(one)
    known = [one for one in found if one.known and not one.part.counted] or [one for one in found if one.known]
    # What explains the past best is held on to, so that yesterday's date is no date "of about today".
    narrowest = min((one.breadth for one in known), default=0)
    chosen = [one for one in known if one.breadth == narrowest] or found
    return min(chosen, key=lambda one: (not one.agrees, one.part.counted), default=None)


def _most_frequent(run: ColumnFeatures) -> Value | None:
    """Return a column's most frequent value; None where it can be no calendar part."""
    if run.labels is not None:
        if not run.labels.exact or not 0 < len(run.labels.index) <= MAX_VALUES:
            return None
        return next(islice(run.labels.index, int(np.argmax(run.labels.estimate)), None)).casefold()
    if run.cdf is None or run.cdf.rank_error or len(run.cdf.points) > MAX_VALUES:
        return None
    return float(run.cdf.points[int(np.argmax(run.cdf.masses))])


class _History:
    """The values of a column in each run, read when they are first asked for."""

    def __init__(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> None:
        self._runs = [*past, current]
        self._values: dict[int, Occurring | None] = {}
        self._texts = past[-1].labels is not None

    def values(self, place: int) -> Occurring | None:
        if place not in self._values:
            self._values[place] = occurring(self._runs[place])
        return self._values[place]

    def fit(self, part: CalendarPart, number: int, window: int) -> CalendarColumn | None:
        """Return the column as a part of these days; None where a past run is otherwise, or nothing depends on it."""
        last = len(self._runs) - 1
        usual, low, high, seen, expected = 0.0, -inf, inf, [], []
        long, with_ends = 0, 0
        for place in range(last - 1, -1, -1):
            days, values = self._runs[place].windows[window], self.values(place)
            if days is None or values is None:
                return None
            wanted = part_values(self._texts, number, days)
            if part.counted:
                (first, final), (least, most) = _ends(values.shares), _ends(wanted)
                low, high = max(low, final - most), min(high, first - least)
                if low > high or not values.many_of(len(wanted), len(values.shares)):
                    return None
            else:
                strays = values.strays(wanted)
                if strays > MAX_STRAY_SHARE or not values.covers(wanted):
                    return None
                usual = max(usual, strays)
                if len(wanted) > MANY_VALUES:
                    long += 1
                    with_ends += values.shares.keys() >= {min(wanted), max(wanted)}
            seen.append(values.shares.keys())
            expected.append(wanted)
        days, now = self._runs[last].windows[window], self.values(last)
        if days is None or 2 * with_ends < long:
            return None
        wanted = part_values(self._texts, number, days)
        if not part.unique and wanted == expected[0] and all(one == wanted for one in expected):
            return None
        if now is None:
            strays = 1.0
        elif part.counted:
            (first, final), (least, most) = _ends(now.shares), _ends(wanted)
            strays = 0.0 if max(low, final - most) <= min(high, first - least) else 1.0
        else:
            strays = now.strays(wanted)
        changes = sum(before != after for before, after in pairwise(seen))
        known = len(seen) >= MIN_KNOWN_RUNS and (part.unique or changes >= MIN_CHANGES)
        return CalendarColumn(part, window, known, usual, strays, sum(map(len, expected)))


def _ends(values: Iterable[Value]) -> tuple[float, float]:
    numbers = [value for value in values if not isinstance(value, str)]
    return min(numbers), max(numbers)
