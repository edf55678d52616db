"""Which earlier runs a column is compared with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from stageprint.errors import UsageError, did_you_mean

RUNS_TO_ACCEPT_A_LEVEL = 5
"""A level flagged in this many runs on end is the new level."""

MAX_SEASONAL_RUNS = 4
"""Most runs of the seasonal reference."""

SEASONAL_RUNS_TO_ACCEPT_A_LEVEL = 2
"""A level flagged in this many runs of one season is usual in that season."""

PINNED_PREFIXES = ("run:", "stage:")
"""How the names of references begin that are no recent past of the column."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as far as references go.

    Attributes:
        run_id: Its name.
        date: Its logical date; None where its name begins with none.
        bad: Marked as bad: never a reference.
        merged: Its profiles are those of other runs, merged: a week is no reference for a day.
    """

    run_id: str
    date: dt.date | None = None
    bad: bool = False
    merged: bool = False


def choose(
    runs: Sequence[Run],
    current: Run,
    *,
    flagged: Collection[str] = (),
    baseline: str = "auto",
    window: int = 7,
    long_window: int = 28,
) -> dict[str, tuple[str, ...]]:
    """Return reference name → the runs in it, oldest first; an empty tuple where there is none.

    ``auto`` gives four references: ``prev``, ``window`` (the last 7), ``seasonal`` (see `seasonal`) and ``long`` (the
    last 28). ``previous`` gives ``prev`` alone, ``window:N`` the last N (named ``window`` where N is `window`, so that
    it goes on with that reference's history), ``run:ID`` that run. ``stage:S`` gives the current run: the profile to
    compare with is the other stage's.

    Args:
        runs: The earlier runs, oldest first.
        current: The run under test; where it is among `runs`, it and later runs are left out.
        flagged: Earlier runs in which this column was flagged. They are no reference, so that references stay what they
            were before; from five on end the level is accepted, and what lies before it no longer counts.
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
    accepted = accept([run for run in earlier if not run.bad and run.merged == current.merged], flagged)
    ids = tuple(run.run_id for run in accepted)
    if baseline == "previous":
        return {"prev": ids[-1:]}
    if kind == "window" and name.isdecimal() and int(name) > 0:
        return {"window" if int(name) == window else baseline: ids[-int(name) :]}
    if baseline != "auto":
        message = f"baseline {baseline!r} is none of auto, previous, window:N, run:ID and stage:NAME"
        raise UsageError(message)
    return {
        "prev": ids[-1:],
        "window": ids[-window:],
        "seasonal": _of_season([run for run in earlier if not run.bad], accepted, flagged, current),
        "long": ids[-long_window:],
    }


def excluded_runs(runs: Sequence[str], alerting: Collection[str], suspect: Collection[str]) -> set[str]:
    """Return the earlier runs in which a column is not what it should be, as `choose` takes them for `flagged`.

    A run that was merely watched counts until the next run has spoken: where that one is quiet it was chance, where it
    is loud or watched too the fault began in the first.

    Args:
        runs: The earlier runs, oldest first.
        alerting: Those in which the column was at least a warning.
        suspect: Those in which it was watched.

    Example:
        >>> sorted(excluded_runs(["1", "2", "3", "4", "5"], {"3"}, {"1", "2", "5"}))
        ['1', '2', '3', '5']
    """
    found = {run for run in runs if run in alerting}
    later = True  # the run to come has not spoken yet
    for run in reversed(runs):
        if run in suspect and later:
            found.add(run)
        later = run in found
    return found


def accept(runs: Sequence[Run], flagged: Collection[str]) -> list[Run]:
    """Return the runs that may be references: the healthy ones since the last level that was accepted.

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
    """Return the seasonal reference: accepted runs, and flagged ones too where the season itself was flagged.

    A first quiet Sunday is news. If no Sunday then counted, every one after it would be news as well.
    """
    season = seasonal(runs, current)
    held = {run.run_id for run in accepted}
    if sum(run_id in flagged for run_id in season) >= SEASONAL_RUNS_TO_ACCEPT_A_LEVEL:
        held.update(flagged)
    return tuple(run_id for run_id in season if run_id in held)


def seasonal(runs: Sequence[Run], current: Run) -> tuple[str, ...]:
    """Return the runs of the same season, up to 4, oldest first.

    Daily runs: the same weekday of the four weeks before. Monthly, quarterly and yearly runs: the same month of earlier
    years. Which it is, the usual distance between the runs says. Several runs a day, weekly runs and runs without dates
    have no season.
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
