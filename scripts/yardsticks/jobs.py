"""Spreads the work over processes: sets that are judged, and columns that faults are planted in."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import TypeVar

from scripts.yardsticks import tab_errors
from scripts.yardsticks.columns import RealColumn, real_columns
from scripts.yardsticks.packages import folder
from scripts.yardsticks.planted import Trial, trials
from scripts.yardsticks.real import Judged, judge_set
from scripts.yardsticks.sets import RealSet, chosen
from scripts.yardsticks.volume import VolumeTrial, volume_trials
from scripts.yardsticks.worlds import WORLDS, WorldRun
from scripts.yardsticks.worlds import judged as judged_world

Job = TypeVar("Job")
Result = TypeVar("Result")
Progress = Callable[[str], object]


def judged(sets: Sequence[RealSet], runs: int | None, processes: int, progress: Progress) -> list[Judged]:
    """Return what was found in the sets.

    Args:
        sets: The sets.
        runs: Only so many runs of each; None: all.
        processes: Worker processes.
        progress: Takes a line of progress.
    """
    found = []
    for one in _spread(_judge, [(each.name, runs) for each in sets], processes):
        progress(f"{one.name}: {one.runs} runs judged, {one.seconds:.0f} s")
        found.append(one)
    return found


def planted(every: int, processes: int, progress: Progress, *, practice: bool = False) -> list[Trial]:
    """Return the trials of all columns, or of each so many-th.

    Args:
        every: Only each so many-th column.
        processes: Worker processes.
        progress: Takes a line of progress.
        practice: In the columns that rules may be tuned on, instead of those that are published.
    """
    keys = [(column.key, practice) for column in real_columns(every, practice=practice)]
    found: list[Trial] = []
    for number, some in enumerate(_spread(_plant, keys, processes), 1):
        found += some
        if number % 10 == 0:
            progress(f"faults planted in {number} of {len(keys)} columns")
    return found


def volume(sets: Sequence[RealSet], processes: int, progress: Progress) -> list[VolumeTrial]:
    """Return the changes of volume that were planted in the sets.

    Args:
        sets: The sets.
        processes: Worker processes.
        progress: Takes a line of progress.
    """
    found = []
    for one, some in zip(sets, _spread(_change_volume, [each.name for each in sets], processes), strict=True):
        progress(f"{one.name}: volume changed {len(some)} times")
        found += some
    return found


def worlds(stores: int, seed: int, calendar: str | None, processes: int, progress: Progress) -> list[WorldRun]:
    """Return the table-runs of stores of every world.

    Args:
        stores: Stores of each world.
        seed: Of the first store.
        calendar: Country of the calendar in the configuration; None: there is none.
        processes: Worker processes.
        progress: Takes a line of progress.
    """
    todo = [(world.name, store, seed, calendar) for world in WORLDS for store in range(stores)]
    found: list[WorldRun] = []
    for job, some in zip(todo, _spread(_live, todo, processes), strict=True):
        alerting = sum(bool(one.severity) for one in some)
        progress(f"{job[0]} world, store {job[1]}: {alerting} of {len(some)} table-runs with an alert")
        found += some
    return found


def _spread(work: Callable[[Job], Result], jobs: Sequence[Job], processes: int) -> Iterable[Result]:
    if processes == 1:
        yield from map(work, jobs)
        return
    folder()  # fetched once, before the workers ask for it
    # Not forked: Arrow's threads do not survive it.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(work, jobs)


def _judge(job: tuple[str, int | None]) -> Judged:
    (one,) = chosen(job[0])
    return judge_set(one, None, job[1])


def _change_volume(name: str) -> list[VolumeTrial]:
    (one,) = chosen(name)
    return list(volume_trials(one))


def _live(job: tuple[str, int, int, str | None]) -> list[WorldRun]:
    name, store, seed, country = job
    (world,) = (one for one in WORLDS if one.name == name)
    return list(judged_world(world, store, seed, None if country is None else {"country": country}))


def _plant(job: tuple[str, bool]) -> list[Trial]:
    key, practice = job
    return list(trials(_columns(practice)[key], more=tab_errors.set_ups))


@cache
def _columns(practice: bool) -> dict[str, RealColumn]:
    return {column.key: column for column in real_columns(practice=practice)}
