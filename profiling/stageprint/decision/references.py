"""Which earlier runs a column is compared with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from stageprint.errors import UsageError, did_you_mean

RUNS_TO_ACCEPT_A_LEVEL = 5
"""Consecutive flagged runs after which their level is accepted as the new one."""

MAX_SEASONAL_RUNS = 4
"""Largest number of runs in the seasonal reference."""

SEASONAL_RUNS_TO_ACCEPT_A_LEVEL = 2
"""Flagged runs of one season after which their level counts as usual in that season."""

PINNED_PREFIXES = ("run:", "stage:")
"""Prefixes of the names of references that are not the column's recent past."""


@dataclass(frozen=True, slots=True)
class Run:
    """What the choice of references needs to know of a run.

    Attributes:
        run_id: Its name.
        date: Its logical date; None: its name does not begin with one.
        bad: Whether it was marked as bad, so that it is never a reference.
        merged: Whether its profiles are those of other runs, merged. A day is never compared with a week.
    """

    run_id: str
    date: dt.date | None = None
    bad: bool = False
    merged: bool = False


def earlier_runs(runs: Sequence[Run], current: Run) -> list[Run]:
    """Return the runs that a run may be compared with, oldest first; the last one is its previous run.

    They are the runs before it, without those marked as bad, and merged runs for a merged run only.

    Args:
        runs: Every run, oldest first.
        current: The run; if it is among `runs`, it and later runs are left out.

    Example:
        >>> days = [Run("1"), Run("2", bad=True), Run("week", merged=True), Run("3"), Run("4")]
        >>> [run.run_id for run in earlier_runs(days, Run("3"))]
        ['1']
    """
    position = next((place for place, run in enumerate(runs) if run.run_id == current.run_id), len(runs))
    return [run for run in runs[:position] if not run.bad and run.merged == current.merged]


def previous_runs(runs: Sequence[Run]) -> dict[str, str | None]:
    """Return each run's previous run, the last of its `earlier_runs`; None: it has none.

    Args:
        runs: Every run, oldest first.
    """
    last: dict[bool, str] = {}
    found: dict[str, str | None] = {}
    for run in runs:
        found[run.run_id] = last.get(run.merged)
        if not run.bad:
            last[run.merged] = run.run_id
    return found


def choose(
    runs: Sequence[Run],
    current: Run,
    *,
    flagged: Collection[str] = (),
    baseline: str = "auto",
    window: int = 7,
    long_window: int = 28,
) -> dict[str, tuple[str, ...]]:
    """Return reference name → its runs, oldest first; an empty tuple: no run qualifies.

    ``auto`` gives four references: ``prev``, ``window`` (the last 7), ``seasonal`` (see `seasonal`) and ``long`` (the
    last 28, and flagged runs that ``seasonal`` has). ``previous`` gives ``prev`` alone, ``window:N`` the last N (named
    ``window`` where N is `window`, so that it goes on with that reference's history), ``run:ID`` that run. ``stage:S``
    gives the current run: the profile to compare with is the other stage's.

    Args:
        runs: The earlier runs, oldest first.
        current: The run under test; if it is among `runs`, it and later runs are left out.
        flagged: Earlier runs in which this column was flagged. They are not references, so that a lasting fault is
            compared with the runs before it. After five consecutive ones their level is accepted, and the runs before
            them no longer count.
        baseline: ``auto``, ``previous``, ``window:N``, ``run:ID`` or ``stage:S``.
        window: Runs in the window.
        long_window: Runs in the long window.

    Raises:
        UsageError: The baseline is none of these, or its run does not exist.
    """
    earlier = list(runs)
    for position, run in enumerate(runs):
        if run.run_id == current.run_id:
            earlier = list(runs[:position])
            break
    kind, _, name = baseline.partition(":")
    if kind == "stage" and name:
        return {baseline: (current.run_id,)}
    if kind == "run" and name:
        if name not in {run.run_id for run in runs}:
            message = (
                f"baseline {baseline!r}: there is no run {name!r}{did_you_mean(name, [run.run_id for run in runs])}"
            )
            raise UsageError(message)
        return {baseline: (name,)}
    accepted = accept(earlier_runs(runs, current), flagged)
    ids = tuple(run.run_id for run in accepted)
    if baseline == "previous":
        return {"prev": ids[-1:]}
    if kind == "window" and name.isdecimal() and int(name) > 0:
        return {"window" if int(name) == window else baseline: ids[-int(name) :]}
    if baseline != "auto":
        message = f"baseline {baseline!r} is none of auto, previous, window:N, run:ID and stage:NAME"
        raise UsageError(message)
    season = _of_season([run for run in earlier if not run.bad], accepted, flagged, current)
    # A flagged run that the season has back was seen: what is like it is no record, and breaks no rule.
    seen = {*ids[-long_window:], *(run_id for run_id in season if run_id in flagged)}
    return {
        "prev": ids[-1:],
        "window": ids[-window:],
        "seasonal": season,
        "long": tuple(run.run_id for run in earlier if run.run_id in seen),
    }


def excluded_runs(runs: Sequence[str], alerting: Collection[str], suspect: Collection[str]) -> set[str]:
    """Return the earlier runs to exclude from a column's references: `flagged` of `choose`.

    A suspect run is excluded until the next run is known. If that one is neither alerting nor suspect, the deviation
    was chance; otherwise the fault began in the first of them. The second run stays a reference unless it alerted: a
    single run before it does not say which of the two is the odd one, and of a column that climbs neither is.

    Args:
        runs: The earlier runs, oldest first.
        alerting: Those in which the column was at least a warning.
        suspect: Those in which it was suspect.

    Example:
        >>> sorted(excluded_runs(["1", "2", "3", "4", "5", "6"], {"4"}, {"2", "3", "6"}))
        ['3', '4', '6']
    """
    found = {run for run in runs if run in alerting}
    watched = {run for run in runs[2:] if run in suspect}
    later = True  # the run under test is not known yet
    for run in reversed(runs):
        if run in watched and later:
            found.add(run)
        later = run in found
    return found


def accept(runs: Sequence[Run], flagged: Collection[str]) -> list[Run]:
    """Return the runs that may be references: the unflagged ones since the last accepted level.

    Example:
        >>> days = [Run(str(day)) for day in range(1, 8)]
        >>> [run.run_id for run in accept(days, {"2"})], [run.run_id for run in accept(days, set("23456"))]
        (['1', '3', '4', '5', '6', '7'], ['2', '3', '4', '5', '6', '7'])
    """
    accepted: list[Run] = []
    streak: list[Run] = []
    for run in runs:
        if run.run_id not in flagged:
            accepted.append(run)
            streak = []
            continue
        streak.append(run)
        if len(streak) == RUNS_TO_ACCEPT_A_LEVEL:
            accepted = list(streak)
        elif len(streak) > RUNS_TO_ACCEPT_A_LEVEL:
            accepted.append(run)
    return accepted


def _of_season(runs: Sequence[Run], accepted: Sequence[Run], flagged: Collection[str], current: Run) -> tuple[str, ...]:
    """Return the seasonal reference: accepted runs, and flagged ones too if the season itself was flagged.

    The first quiet Sunday is news. If flagged Sundays never became references, every later one would be news too.
    """
    season = seasonal(runs, current)
    held = {run.run_id for run in accepted}
    if sum(run_id in flagged for run_id in season) >= SEASONAL_RUNS_TO_ACCEPT_A_LEVEL:
        held.update(flagged)
    return tuple(run_id for run_id in season if run_id in held)


def seasonal(runs: Sequence[Run], current: Run) -> tuple[str, ...]:
    """Return the runs of the same season, up to 4, oldest first.

    Daily runs: the same weekday of the four weeks before. Monthly, quarterly and yearly runs: the same month of earlier
    years. The median distance between runs decides which they are. Several runs a day, weekly runs and runs without
    dates have no season.
    """
    dated = {run.date: run.run_id for run in runs if run.date is not None}
    day = current.date
    if day is None or not dated:
        return ()
    days = sorted({*dated, day})
    usual = median((after - before).days for before, after in pairwise(days)) if len(days) > 1 else 0
    if usual == 1:
        wanted = [day - dt.timedelta(weeks=weeks) for weeks in range(MAX_SEASONAL_RUNS, 0, -1)]
        return tuple(dated[date] for date in wanted if date in dated)
    if usual >= 28:
        same = [date for date in days if date in dated and date.month == day.month and date.year < day.year]
        return tuple(dated[date] for date in same[-MAX_SEASONAL_RUNS:])
    return ()
