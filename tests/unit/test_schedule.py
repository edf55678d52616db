"""Opening side by side, sharing jobs, falling back, and ending early."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from stageprint.engines.spark import schedule
from stageprint.engines.spark.schedule import Work, in_parallel


class Recorder:
    """Tasks are numbers: even ones share a job, multiples of ten turn out to need one of their own."""

    def __init__(self) -> None:
        self.jobs: list[list[int]] = []
        self.lock = threading.Lock()
        self.cancelled = False

    def together(self, batch: Sequence[int]) -> list[str | int]:
        with self.lock:
            self.jobs.append(sorted(batch))
        return [number + 1 if number % 10 == 0 else f"together {number}" for number in batch]

    def start(self, number: int) -> int | str:
        return f"failed {number}" if number < 0 else number

    def cancel(self) -> None:
        self.cancelled = True

    @property
    def work(self) -> Work[int, int, str]:
        return Work(
            start=self.start,
            alone=lambda number: f"alone {number}",
            together=self.together,
            is_shared=lambda number: number % 2 == 0,
            size=lambda _: 1,
            is_done=lambda found: isinstance(found, str),
            cancel=self.cancel,
        )


def test_every_task_ends_once_and_those_that_can_share_a_job() -> None:
    recorder = Recorder()
    found = sorted(in_parallel(recorder.work, [2, 3, 4, 5, 10, -1], 3))
    assert found == ["alone 11", "alone 3", "alone 5", "failed -1", "together 2", "together 4"]
    assert recorder.jobs == [[2, 4, 10]]


def test_a_job_is_begun_when_enough_have_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "MAX_TABLES_PER_JOB", 4)
    recorder = Recorder()
    assert len(list(in_parallel(recorder.work, range(2, 42, 2), 2))) == 20
    assert len(recorder.jobs) >= 4
    assert sorted(number for job in recorder.jobs for number in job) == list(range(2, 42, 2))


def test_whoever_leaves_early_ends_what_is_under_way() -> None:
    recorder = Recorder()
    results = in_parallel(recorder.work, [3, 5, 7], 1)
    assert next(results) == "alone 3"
    results.close()  # type: ignore[attr-defined]
    assert recorder.cancelled


def test_no_tasks() -> None:
    assert list(in_parallel(Recorder().work, [], 1)) == []
