"""How often the runs of a pipeline come, and whether the time between two of them is more than usual."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any, Final

from stageprint.model.durations import duration
from stageprint.pipeline.runs import first_profiled_at

MAX_DISTANCES: Final = 28
"""Number of latest distances between runs that say what is usual."""

MIN_DISTANCES: Final = 3
"""Number of distances from which on something is usual."""

MIN_DISTANCE: Final = dt.timedelta(minutes=10)
"""Runs that come closer together than this were profiled after the fact, by one command: it is no distance of runs."""

MARGIN: Final = 0.25
"""How much later than usual a run may come, as a share of the usual distance."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A run that has come.

    Attributes:
        run_id: Its name.
        at: When it was first profiled.
        date: The date that its name begins with; None: it begins with none.
    """

    run_id: str
    at: dt.datetime
    date: dt.date | None


def arrivals(rows: Sequence[Mapping[str, Any]]) -> list[Arrival]:
    """Return the runs that were profiled, by the time when each came; merged runs are none of their own.

    Args:
        rows: Rows of `runs`.
    """
    found = [
        Arrival(row["run_id"], at.astimezone(dt.timezone.utc), row["logical_date"])
        for row in rows
        if not row["merged"] and (at := first_profiled_at(row)) is not None
    ]
    return sorted(found, key=lambda arrival: (arrival.at, arrival.run_id))


def usual_distance(runs: Sequence[Arrival]) -> dt.timedelta | None:
    """Return the usual time from the last of some runs to the next one; None: they are too few.

    It is the median of the latest distances, of those from the same weekday where there are at least three, so that a
    pipeline may rest at week-ends. Distances are those of the dates in the runs' names where most runs have one of
    their own, so that runs profiled after the fact do not count as close together; else of the times when they came.

    Args:
        runs: The result of `arrivals`.
    """
    moments = _moments(runs)
    distances = [(before, after - before) for before, after in pairwise(moments) if after - before >= MIN_DISTANCE]
    distances = distances[-MAX_DISTANCES:]
    if len(distances) < MIN_DISTANCES:
        return None
    same_weekday = [distance for start, distance in distances if start.weekday() == moments[-1].weekday()]
    chosen = same_weekday if len(same_weekday) >= MIN_DISTANCES else [distance for _, distance in distances]
    return dt.timedelta(seconds=median(distance.total_seconds() for distance in chosen))


def latest_due(runs: Sequence[Arrival]) -> dt.timedelta | None:
    """Return how long after the last of some runs the next one has come at the latest; None: they are too few."""
    usual = usual_distance(runs)
    return None if usual is None else usual * (1 + MARGIN)


def gap_note(rows: Sequence[Mapping[str, Any]], run_id: str) -> str | None:
    """Return a sentence about the time before a run if no run came for longer than usual; None: it came as usual.

    Args:
        rows: Rows of `runs`.
        run_id: The run.
    """
    runs = arrivals(rows)
    current = next((arrival for arrival in runs if arrival.run_id == run_id), None)
    if current is None:
        return None
    dated = _dated(runs)
    now = _moment(current, dated=dated)
    earlier = [arrival for arrival in runs if _moment(arrival, dated=dated) < now]
    usual = usual_distance(earlier)
    if usual is None:
        return None
    last = max(earlier, key=lambda arrival: _moment(arrival, dated=dated))
    distance = now - _moment(last, dated=dated)
    if distance <= usual * (1 + MARGIN):
        return None
    return (
        f"no run came for {duration(distance)} before run {run_id}, where {duration(usual)} is usual: the run before "
        f"it is {last.run_id}"
    )


def _dated(runs: Sequence[Arrival]) -> bool:
    """Return whether runs have dates of their own, but for runs that were repeated."""
    dates = [arrival.date for arrival in runs[-MAX_DISTANCES - 1 :]]
    return None not in dates and 2 * len(set(dates)) > len(dates)


def _moments(runs: Sequence[Arrival]) -> list[dt.datetime]:
    """Return what distances are between, oldest first: the dates of runs, each once, or the times when they came."""
    dated = _dated(runs)
    moments = [_moment(arrival, dated=dated) for arrival in runs]
    return sorted(set(moments)) if dated else moments


def _moment(arrival: Arrival, *, dated: bool) -> dt.datetime:
    if not dated or arrival.date is None:
        return arrival.at
    return dt.datetime.combine(arrival.date, dt.time(), dt.timezone.utc)
