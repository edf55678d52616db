"""Schedules profiling: opens tables in parallel, then profiles each alone or many together in one Spark job."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

MAX_TABLES_PER_JOB: Final = 200
"""Few enough that little is lost if the job fails."""

MAX_COLUMNS_PER_JOB: Final = 8_000
"""The profiles of a job's columns are in the driver's memory at the same time."""

TaskT = TypeVar("TaskT")
OpenedT = TypeVar("OpenedT")
DoneT = TypeVar("DoneT")


@dataclass(frozen=True)
class Work(Generic[TaskT, OpenedT, DoneT]):
    """The steps of profiling a table.

    Attributes:
        start: Opens a table; returns the opened table, or a result if it is already done.
        alone: Profiles one opened table.
        together: Profiles several opened tables; returns for each a result, or the table again, to be profiled alone.
        is_shared: Whether an opened table is profiled together with others.
        size: Number of columns of an opened table.
        is_done: Whether what `start` or `together` returned is a result.
        cancel: Stops running jobs when the results are no longer needed.
    """

    start: Callable[[TaskT], OpenedT | DoneT]
    alone: Callable[[OpenedT], DoneT]
    together: Callable[[Sequence[OpenedT]], Sequence[OpenedT | DoneT]]
    is_shared: Callable[[OpenedT], bool]
    size: Callable[[OpenedT], int]
    is_done: Callable[[OpenedT | DoneT], bool]
    cancel: Callable[[], None]


def in_parallel(work: Work[TaskT, OpenedT, DoneT], tasks: Sequence[TaskT], workers: int) -> Iterator[DoneT]:
    """Yield the result of each task as soon as it is there; several threads keep Spark busy during steps on the driver.

    Tables that share a job wait until enough of them have been opened for a job, or until all have been opened.
    """
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="profile")
    queue = deque(tasks)
    opening: set[Future[Any]] = set()
    scanning: set[Future[Any]] = set()
    waiting: list[Any] = []
    try:
        while queue or opening or scanning or waiting:
            while queue and len(opening) + len(scanning) < 2 * workers:
                opening.add(pool.submit(work.start, queue.popleft()))
            if waiting and (_is_enough(work, waiting) or not (queue or opening)):
                scanning.add(pool.submit(work.together, waiting))
                waiting = []
            done, _ = wait(opening | scanning, return_when=FIRST_COMPLETED)
            for future in done:
                found = future.result()
                for result in found if isinstance(found, list) else [found]:
                    if work.is_done(result):
                        yield result
                    elif work.is_shared(result):
                        waiting.append(result)
                    else:
                        scanning.add(pool.submit(work.alone, result))
            opening -= done
            scanning -= done
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        with suppress(Exception):  # the session may be what failed; the error that is raised says so
            work.cancel()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _is_enough(work: Work[TaskT, OpenedT, DoneT], waiting: Sequence[OpenedT]) -> bool:
    return len(waiting) >= MAX_TABLES_PER_JOB or sum(map(work.size, waiting)) >= MAX_COLUMNS_PER_JOB
