"""Timestamps were read or written in the wrong time zone."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.clock import HOURS, ClockChange, rotation
from stageprint.diagnosis.concerns import is_flagged_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts, Floats
from stageprint.diagnosis.pair import Pair, pair
from stageprint.model import NUMERIC, TIMESTAMPS, ColumnKey, ColumnKind, Concern
from stageprint.model.figures import duration, percent
from stageprint.shifts.exact.zone_moved import ZoneMoved
from stageprint.shifts.time.ends_rotated import EndsRotated, circular, times_of_day

QUARTER_HOUR_US = 900e6
MAX_MOVE_US = 14 * 3600e6
"""Maximum mistake of a time zone, in microseconds: 14 h. (The 26 h across the date line are never a mistake.)"""

MAX_END_DIFFERENCE_US = 1e6
"""Maximum difference of two ends that count as equal, in microseconds."""

MIN_DISTINCT_HOURS = 6
"""Minimum number of distinct hours that a column of hours must have to show a daily cycle."""


class WrongTimezone(Cause):
    """Timestamps were read or written in the wrong time zone.

    Local time was taken for UTC or the other way round, so a column's clock moved. Hours of the day, dates near
    midnight and joins by hour are wrong, and windows look into the future or miss their last hours.

    Signature: the histogram of the hours of the day is the earlier one, rotated, so that under a quarter of the
    distance is left: by whole or half hours, by two neighbouring hours if the clocks change within the run, or for some
    of the rows. A column of whole hours 0–23 rotates likewise. No daily cycle is needed if a column had the same first
    and last value as its upstream column and both of its ends moved by a multiple of 15 minutes, up to 14 hours; nor if
    its first and last moments came at the same times of day in earlier runs and both moved by one step. If the rest of
    the table is exactly that of the last run, every value moved by whole quarters of an hour.

    Told apart from: `late_data`: some of the rows move into an earlier load's time; a genuine change of habits: it is
    no clean rotation; `offset`: it does not wrap around at midnight.

    Check:
        - Compare one event's time with the source system's own screen.
        - Check the session time zone (`spark.sql.session.timeZone`), the JVM's and the container's `TZ`, and whether
          the column is `timestamp` or `timestamp_ntz`.
        - See whether the number of hours equals the local offset from UTC, and whether it began with daylight saving
          time.

    Fix: Store timestamps in UTC and convert at the edges with an explicit zone, never with the machine's own. Load the
    affected runs again.

    Evidence:
        hours_moved: hours by which the clock moved.
        second_hours_moved: hours for the other rows, across a change of the clocks; null: none.
        share: share of the rows that moved (with a second move: share with that one), 0–1.
        distance: total variation between the hours of the day now and before, 0–1.
        distance_turned_back: the same after turning the clock back.
        upstream_column: the upstream column compared with.
        ends_moved: how far the first and the last value moved.

    Source: this project; IANA time zone database.

    Example:
        >>> from datetime import datetime, timedelta, timezone
        >>> from stageprint.diagnosis.example import two_runs
        >>> start = datetime(2013, 5, 1, 8, tzinfo=timezone.utc)
        >>> usual = [start + timedelta(days=i % 28, hours=i % 7) for i in range(2800)]
        >>> evidence, column = two_runs(usual, [t + timedelta(days=28, hours=5) for t in usual])
        >>> WrongTimezone().explain(evidence, column).evidence["hours_moved"]
        5.0
    """

    name: ClassVar[str] = "wrong_timezone"
    family: ClassVar[Family] = "data"
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare with the column upstream, where both were equal; else the daily cycles of both runs."""
        both = pair(evidence, origin)
        if both is None:
            return None
        if evidence.flagged_by(origin, ZoneMoved.name) is not None:
            return _exactly(evidence, origin, both)
        if both.now.temporal and both.then.kind is both.now.kind:
            fit = _against_upstream(evidence, origin, both)
            if fit is not None:
                return fit
        # Days or keys that moved on to other numbers of 0–23 are no hours that were turned.
        hours = both.now.temporal or not is_flagged_for(evidence, origin, Concern.PROGRESS)
        found = _cycles(both) if hours else None
        return _ends(evidence, origin, both) if found is None else _rotated(evidence, origin, found)


def _exactly(evidence: Evidence, origin: ColumnKey, both: Pair) -> Fit:
    """Return by how much the clock of a table that was delivered again moved."""
    ends = (both.now.low - both.then.low, both.now.high - both.then.high)
    first, last = (round(end / QUARTER_HOUR_US) * QUARTER_HOUR_US / 3600e6 for end in ends)
    moved = duration(3600 * first)
    if first != last:
        moved = f"{moved} at first and {duration(3600 * last)} at last, across a change of the clocks"
    sentence = (
        f"every value of {origin} moved by {moved} since {evidence.first_run(origin)}, and the rest of the table is "
        "exactly as before: timestamps are in another time zone"
    )
    figures = {"hours_moved": first, "second_hours_moved": None if first == last else last, "share": 1.0}
    return Fit(0.99, sentence, figures, brief=f"a time zone off by {moved}")


def _cycles(both: Pair) -> ClockChange | None:
    then, now = _hours(both.then), _hours(both.now)
    if then is None or now is None:
        return None
    noise = 0.4 * float(np.sqrt(then).sum()) * both.sampling + both.usual_moves.get("hour", 0.0)
    return rotation(then, now, noise)


def _hours(facts: Facts) -> Floats | None:
    """Return the shares by hour of day of a timestamp, or of a column of whole hours."""
    if facts.kind in TIMESTAMPS:
        return facts.hours
    if facts.kind not in NUMERIC or facts.cdf is None or facts.cdf.points.size < MIN_DISTINCT_HOURS:
        return None
    points = facts.cdf.points
    if points.min() < 0 or points.max() >= HOURS or np.any(points != np.round(points)):
        return None
    hours = np.zeros(HOURS)
    hours[points.astype(np.intp)] = facts.cdf.masses
    return hours


def _rotated(evidence: Evidence, origin: ColumnKey, found: ClockChange) -> Fit:
    since = evidence.first_run(origin)
    moved = duration(3600 * found.hours)
    if found.other is not None:
        moved = f"{moved} and, in {percent(found.share)} of rows, {duration(3600 * found.other)}"
        observed = f"{origin} moved by {moved} on the clock since {since}"
        meaning = "timestamps are in another time zone, on both sides of a change of the clocks"
        score = 0.9
    elif found.share < 0.97:
        observed = f"{percent(found.share)} of the values of {origin} moved by {moved} on the clock since {since}"
        meaning = "a part of the timestamps is in another time zone"
        score = 0.8
    else:
        observed = f"{origin} moved by {moved} on the clock since {since}"
        meaning = "timestamps are in another time zone"
        score = 0.96
    sentence = (
        f"{observed} (the daily cycle differs by {percent(found.before)} from before, "
        f"and by {percent(found.after)} once that is undone): {meaning}"
    )
    figures = {
        "hours_moved": float(found.hours),
        "second_hours_moved": found.other,
        "share": round(found.share, 4),
        "distance": round(found.before, 4),
        "distance_turned_back": round(found.after, 4),
    }
    return Fit(score - 0.2 * found.after / found.before, sentence, figures, brief=f"a time zone off by {moved}")


def _against_upstream(evidence: Evidence, origin: ColumnKey, both: Pair) -> Fit | None:
    """Compare with the column it comes from: equal ends in the reference run, ends moved alike in this one."""
    for key in evidence.graph.column_parents(origin):
        run = evidence.reference_run(origin)
        source = evidence.column(key)
        source_then = None if run is None else evidence.column(key, run)
        if source is None or source_then is None:
            continue
        now, then = Facts.of(source), Facts.of(source_then)
        if now.kind is not both.now.kind or not _same_ends(then, both.then):
            continue
        moved = _moved(both.now, now)
        if moved is None:
            continue
        unit = 86_400e6 if both.now.kind is ColumnKind.DATE else 1.0
        moves = [duration(step * unit / 1e6) for step in dict.fromkeys(moved)]
        sentence = (
            f"{origin} runs {' to '.join(moves)} off {key} since {evidence.first_run(origin)}, where both had the same "
            f"first and last value before: timestamps were moved to another time zone on the way"
        )
        figures = {"hours_moved": moved[0] * unit / 3600e6, "upstream_column": str(key), "ends_moved": moves}
        return Fit(0.97, sentence, figures, brief=f"a time zone off by {moves[0]}")
    return None


def _ends(evidence: Evidence, origin: ColumnKey, both: Pair) -> Fit | None:
    """Return by how much the times of day of the first and the last moment moved, where that broke a rule."""
    if evidence.flagged_by(origin, EndsRotated.name) is None:
        return None
    then, now = (times_of_day([side.low, side.high]) for side in (both.then, both.now))
    step = round(float(circular(now - then).mean()) * 2) / 2
    if step == 0:
        return None
    move = duration(3600 * step)
    sentence = (
        f"The first and the last moment of {origin} come at another time of day since {evidence.first_run(origin)}, "
        f"both moved by {move} on the clock: timestamps are in another time zone"
    )
    return Fit(0.92, sentence, {"hours_moved": step}, brief=f"a time zone off by {move}")


def _same_ends(a: Facts, b: Facts) -> bool:
    return (
        a.values > 0
        and b.values > 0
        and abs(a.low - b.low) <= MAX_END_DIFFERENCE_US
        and abs(a.high - b.high) <= MAX_END_DIFFERENCE_US
    )


def _moved(now: Facts, source: Facts) -> tuple[float, float] | None:
    """Return by how much both ends moved, where it is what time zones differ by."""
    if now.values <= 0 or source.values <= 0:
        return None
    ends = (now.low - source.low, now.high - source.high)
    if now.kind is ColumnKind.DATE:
        # A day boundary is crossed by the rows near midnight only: one end may stay.
        return ends if set(ends) in ({-1.0}, {1.0}, {-1.0, 0.0}, {1.0, 0.0}) else None
    steps = [round(end / QUARTER_HOUR_US) * QUARTER_HOUR_US for end in ends]
    near = all(
        abs(end - step) <= MAX_END_DIFFERENCE_US and 0 < abs(step) <= MAX_MOVE_US
        for end, step in zip(ends, steps, strict=True)
    )
    # Winter and summer time differ by one hour.
    return (steps[0], steps[1]) if near and abs(steps[0] - steps[1]) <= 3600e6 else None
