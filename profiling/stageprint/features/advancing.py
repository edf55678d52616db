"""Recognises columns that advance: functions of time or of the run, whose level says nothing about their health.

Recognised are, from the states of past runs and never by name: calendar parts; times, whose range moves on with every
run; sequences such as keys and versions, in which a run begins where the one before ended; and cumulative counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from math import isnan, nan
from typing import Final

import numpy as np

from stageprint.features.calendar_parts import CalendarColumn, calendar_column
from stageprint.features.column import ColumnFeatures
from stageprint.features.label_turns import one_label_at_a_time
from stageprint.features.run_days import WINDOW_NAMES
from stageprint.model import ORDERED, TEMPORAL, ColumnKind

MIN_TRANSITIONS: Final = 2
"""Past transitions in which a column must have advanced before it is known to advance."""

MIN_TRANSITIONS_OF_CONSTANTS: Final = 3
"""The same of a column with one value in each run: three such values rise by chance once in six times."""

MIN_TRANSITIONS_OF_COUNTS: Final = 6
"""The same of cumulative counts, whose runs overlap: other whole numbers may rise a few times in a row, too."""

MIN_ADVANCED_PART: Final = 0.9
"""Smallest part of the past transitions in which the column must have advanced."""

MAX_OVERLAP_PART: Final = 0.05
"""Largest part of the earlier run's range that the next run of a sequence may begin before its end."""

MAX_FIRST_GAP: Final = 3.0
"""Largest distance between the first two runs' ranges, in widths of the wider, at which they may be a sequence. A
change of unit moves a column further, and makes it wider. Keys may begin anywhere."""

MAX_STEP_VARIATION: Final = 0.5
"""Largest standard deviation of a cumulative count's steps, in mean steps."""

MAX_FIRST_LABELS: Final = 3
"""Most labels of a text column that may be wholly replaced in the second run without news, such as batch names."""

_WHOLE: Final = frozenset({ColumnKind.INTEGER, *TEMPORAL})


class AdvanceKind(str, Enum):
    """What kind of function of time or of the run a column is."""

    CALENDAR_PART = "calendar part"
    TIME = "time"
    SEQUENCE = "sequence"
    CUMULATIVE = "cumulative count"


@dataclass(frozen=True, slots=True)
class Advance:
    """How a column advances.

    Attributes:
        kind: The kind.
        known: Whether its past proves it; otherwise the column may advance, and a longer past will tell.
        how: What was recognised, in words.
        calendar: The calendar part; None: of another kind.
    """

    kind: AdvanceKind
    known: bool
    how: str
    calendar: CalendarColumn | None = None

    @property
    def reason(self) -> str:
        """Why statistics that assume a level are not computed; `advance_in` finds it again."""
        return f"the column {self.summary}: its level is not compared"

    @property
    def summary(self) -> str:
        """How it advances, in a clause."""
        return f"{'advances' if self.known else 'may advance'} with time or run ({self.how})"


def advance_of(current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Advance | None:
    """Return how a column advances, by its past runs; None where it has a level, as most columns do.

    A column that is known to advance stays so whatever the current run holds: that it no longer advances is news, and
    rules of their own tell it. One that only may advance, since its past is short, must do so in the current run too.

    Args:
        current: The run under test.
        past: The past runs, oldest first.
    """
    runs = [run for run in past if run.present > 0]
    if not runs or not current.present > 0 or not current.comparable(runs[-1]):
        return None
    if any(run.kind is not current.kind and not run.comparable(current) for run in runs):
        return None
    found = _calendar(current, runs)
    if found is not None and (found.known or any(_differs(current, run) for run in (runs[0], runs[-1]))):
        return found
    if current.kind is ColumnKind.STRING:
        return _texts(current, runs)
    return _numbers(current, runs) if current.kind in ORDERED else None


def _calendar(current: ColumnFeatures, runs: Sequence[ColumnFeatures]) -> Advance | None:
    found = calendar_column(current, runs)
    if found is None or not (found.known or found.agrees):
        return None
    how = f"{found.part.name} of {WINDOW_NAMES[found.window]}"
    return Advance(AdvanceKind.CALENDAR_PART, found.known, how, found)


def _differs(current: ColumnFeatures, run: ColumnFeatures) -> bool:
    """Return whether the values differ from an earlier run's."""
    if current.labels is not None and run.labels is not None:
        return current.labels.index.keys() != run.labels.index.keys()
    return (current.minimum, current.maximum) != (run.minimum, run.maximum)


def _numbers(current: ColumnFeatures, runs: Sequence[ColumnFeatures]) -> Advance | None:
    temporal = current.kind in TEMPORAL
    constants = all(run.minimum == run.maximum for run in runs[-MIN_TRANSITIONS_OF_CONSTANTS:])
    if temporal:
        found = _advance(AdvanceKind.TIME, "its range moves on with every run", current, runs, _moves_on)
        if found is not None:
            return found
    elif constants or current.kind in _WHOLE:
        how = "a new value in every run" if constants else "each run begins where the one before ended"
        least = MIN_TRANSITIONS_OF_CONSTANTS if constants else MIN_TRANSITIONS
        found = _advance(AdvanceKind.SEQUENCE, how, current, runs, _follows, least)
        if found is not None:
            return found
    if len(runs) == 1:
        return _first(current, runs[0])
    if current.kind is not ColumnKind.INTEGER:
        return None
    return _slow(current, runs) or _cumulative(runs)


def _advance(
    kind: AdvanceKind,
    how: str,
    current: ColumnFeatures,
    runs: Sequence[ColumnFeatures],
    advanced: Callable[[ColumnFeatures, ColumnFeatures], bool],
    least: int = MIN_TRANSITIONS,
) -> Advance | None:
    """Return that the column advances in nearly all transitions; one with few transitions must do so now too."""
    count = len(runs) - 1
    allowed, failed = int(count * (1 - MIN_ADVANCED_PART)), 0
    for before, after in zip(reversed(runs[:-1]), reversed(runs[1:]), strict=True):
        if not advanced(before, after):
            failed += 1
            if failed > allowed:
                return None
    if count >= least:
        return Advance(kind, known=True, how=how)
    return Advance(kind, known=False, how=how) if count and advanced(runs[-1], current) else None


def _follows(before: ColumnFeatures, after: ColumnFeatures) -> bool:
    """Return whether a run begins where the one before ended."""
    overlap = MAX_OVERLAP_PART * (before.maximum - before.minimum)
    return (
        after.minimum > before.minimum and after.minimum >= before.maximum - overlap and after.maximum > before.maximum
    )


_ENDS: Final = np.array([0.05, 0.95])


def _moves_on(before: ColumnFeatures, after: ColumnFeatures) -> bool:
    """Return whether the range of times moved on, a few odd ones left out; its beginning may stay."""
    if after.minimum >= before.minimum and after.maximum > before.maximum:
        return True
    if before.cdf is None or after.cdf is None:
        return False
    (low, high), (next_low, next_high) = before.cdf.quantile(_ENDS), after.cdf.quantile(_ENDS)
    return bool(next_low >= low and next_high > high)


def _first(current: ColumnFeatures, run: ColumnFeatures) -> Advance | None:
    """Return whether a column may advance, of which one earlier run is known."""
    widths = current.maximum - current.minimum, run.maximum - run.minimum
    gap = current.minimum - run.maximum
    if isnan(gap):
        return None
    if widths == (0.0, 0.0) and gap != 0:
        return Advance(AdvanceKind.SEQUENCE, known=False, how="another value in each of two runs")
    temporal = current.kind in TEMPORAL
    near = gap <= MAX_FIRST_GAP * max(widths) or (_is_key(run) and _is_key(current))
    if gap > 0 and (temporal or (current.kind in _WHOLE and near and _alike(*widths))):
        kind = AdvanceKind.TIME if temporal else AdvanceKind.SEQUENCE
        return Advance(kind, known=False, how="the second run begins after the end of the first")
    if temporal and _moves_on(run, current):
        return Advance(AdvanceKind.TIME, known=False, how="its range moved on")
    return None


def _is_key(run: ColumnFeatures) -> bool:
    """Return whether no value is there twice, as far as the estimate of the different values tells."""
    return run.distinct * (1 + run.distinct_error) >= run.present


def _alike(one: float, other: float) -> bool:
    return max(one, other) <= MAX_FIRST_GAP * min(one, other)


def _slow(current: ColumnFeatures, runs: Sequence[ColumnFeatures]) -> Advance | None:
    """Return that a column of one whole number a run goes to the next one now and then, such as a season or a version.

    In a run in which it does, both numbers may occur. After the greatest of at least three it may begin anew with the
    smallest. Zeros are left out: columns of zeros and ones are flags.
    """
    every = [*runs, current]
    if any(not run.distinct <= 2 or run.distinct_error > 0 or not run.minimum >= 1 for run in reversed(every)):
        return None
    if 2 * sum(run.minimum == run.maximum for run in every) < len(every):
        return None
    lowest, highest = min(run.minimum for run in runs), max(run.maximum for run in runs)
    first = lowest if highest - lowest >= 2 else nan

    def follows(before: float, after: float) -> bool:
        return after == before + 1 or (before == highest and after == first)

    ends = [(run.minimum, run.maximum) for run in every]
    ends = [(high, low) if follows(high, low) else (low, high) for low, high in ends]
    if not all(start == end or follows(start, end) for start, end in ends):
        return None
    for before, after in pairwise(ends):
        goes_on = after[0] == before[1] or follows(before[1], after[0])
        if not goes_on and before != after:
            return None
    if all(one == ends[0] for one in ends):
        return None
    return Advance(AdvanceKind.SEQUENCE, known=False, how="it goes on by one now and then")


def _cumulative(runs: Sequence[ColumnFeatures]) -> Advance | None:
    """Return that a column's whole distribution moved up in every past transition, by steps that are much alike."""
    if len(runs) <= MIN_TRANSITIONS_OF_COUNTS or not runs[-1].mean > runs[-2].mean > runs[-3].mean:
        return None
    ends = [(run.minimum, run.mean, run.maximum) for run in runs]
    if not all(a[0] <= b[0] and a[1] < b[1] and a[2] <= b[2] for a, b in pairwise(ends)):
        return None
    steps = np.diff([mean for _, mean, _ in ends])
    if not float(steps.std()) <= MAX_STEP_VARIATION * float(steps.mean()):
        return None
    return Advance(AdvanceKind.CUMULATIVE, known=True, how="it moved up in every run")


def _texts(current: ColumnFeatures, runs: Sequence[ColumnFeatures]) -> Advance | None:
    if current.labels is None or any(run.labels is None for run in runs):
        return None
    how = "its texts are greater than those of the run before"
    found = _advance(AdvanceKind.SEQUENCE, how, current, runs, _texts_follow, MIN_TRANSITIONS_OF_CONSTANTS)
    if found is not None:
        return found
    now, last = current.labels, runs[-1].labels
    if last is None or not (now.exact and last.exact):
        return None
    if len(runs) > 1:
        how = "one label at a time, another one now and then"
        return Advance(AdvanceKind.SEQUENCE, known=False, how=how) if one_label_at_a_time([*runs, current]) else None
    few = len(now.index) == len(last.index) <= MAX_FIRST_LABELS
    if few and not now.index.keys() & last.index.keys():
        return Advance(AdvanceKind.SEQUENCE, known=False, how="other labels in each of two runs")
    return None


def _texts_follow(before: ColumnFeatures, after: ColumnFeatures) -> bool:
    """Return whether every text of a run is greater than those of the run before; of many texts, the known ones."""
    if before.labels is None or after.labels is None or not before.labels.index or not after.labels.index:
        return False
    return min(after.labels.index) > max(before.labels.index)
