"""Opens tables side by side, and profiles them alone or, where they can share a job, many at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

MOST_TOGETHER: Final = 200
"""Tables of one job: few enough that a failure of the job costs little."""
MOST_COLUMNS: Final = 8_000
"""Columns of one job: their profiles are on the driver at the same time."""

TaskT = TypeVar("TaskT")
OpenedT = TypeVar("OpenedT")
DoneT = TypeVar("DoneT")


@dataclass(frozen=True)
class Work(Generic[TaskT, OpenedT, DoneT]):
    """What is done with a task.

    Attributes:
        start: Opens a task; what it returns is opened or done.
        alone: Does one that is opened.
        together: Does several; returns each done, or opened again, to be done alone.
        is_shared: Whether one that is opened is done with others.
        size: How many columns it has.
        is_done: Whether what `start` or `together` returned is done.
        cancel: Ends what is under way, where the results are no longer wanted.
    """

    start: Callable[[TaskT], OpenedT | DoneT]
    alone: Callable[[OpenedT], DoneT]
    together: Callable[[Sequence[OpenedT]], Sequence[OpenedT | DoneT]]
    is_shared: Callable[[OpenedT], bool]
    size: Callable[[OpenedT], int]
    is_done: Callable[[OpenedT | DoneT], bool]
    cancel: Callable[[], None]


def in_parallel(work: Work[TaskT, OpenedT, DoneT], tasks: Sequence[TaskT], workers: int) -> Iterator[DoneT]:
    """Yield each task's result as it ends; a bounded pool keeps the cores busy while a driver step waits.

    Those that share a job wait until all are opened or enough have gathered.
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
        work.cancel()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _is_enough(work: Work[TaskT, OpenedT, DoneT], waiting: Sequence[OpenedT]) -> bool:
    return len(waiting) >= MOST_TOGETHER or sum(map(work.size, waiting)) >= MOST_COLUMNS
