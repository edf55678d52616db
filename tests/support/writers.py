"""Several processes that write one store at the same time; each prepares, then waits for the others."""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import os
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier
from typing import Any

import pyarrow as pa
import pytest

from stageprint.model.result_tables import CHECK_RESULTS, FINDINGS, MARKS, RUNS, SHIFTS
from stageprint.model.where import where
from stageprint.ports import ProfileStore
from stageprint.stores.delta import store as delta_store
from tests.support.stores import finding, run_row, shift

WRITERS = 8
RUN = "a [b]/ü:50%25"
"""A name that file systems, URLs and SQL each take for something else."""

_TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Target:
    """A new store that all write.

    Attributes:
        location: The store.
        rounds: How often each writer does each of the steps below.
        environment: Environment variables for the writers.
        locked: Whether local writers take turns by a lock file; object stores have none.
    """

    location: str
    rounds: int = 3
    environment: Mapping[str, str] = field(default_factory=dict)
    locked: bool = True


Open = Callable[[str], ProfileStore]


def write_at_once(targets: Sequence[Target], writers: int = WRITERS, here: Open | None = None) -> None:
    """Let processes write each store, one store after the other, in steps that all begin at the same time.

    Args:
        targets: The stores.
        writers: Number of writers.
        here: Opens the store at a location, with which this process is the first of the writers; None: all are
            processes of their own.
    """
    context = mp.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # else each of them imports everything
    barrier = context.Barrier(writers)
    first = 0 if here is None else 1
    processes = [context.Process(target=_write, args=(targets, number, barrier)) for number in range(first, writers)]
    for process in processes:
        process.start()
    try:
        if here is not None:
            _write(targets, 0, barrier, here)
        for process in processes:
            process.join(_TIMEOUT_SECONDS)
        assert [process.exitcode for process in processes] == [0] * len(processes)
    finally:
        for process in processes:
            process.kill()


def _open(location: str) -> ProfileStore:
    return delta_store.DeltaStore(location, "shop")


def _write(targets: Sequence[Target], number: int, barrier: Barrier, opened: Open = _open) -> None:
    try:
        for target in targets:
            os.environ.update(target.environment)
            with pytest.MonkeyPatch.context() as patch:
                if not target.locked:
                    patch.setattr(delta_store, "commit_lock", lambda _: contextlib.nullcontext())
                store = opened(target.location)
                for _ in range(target.rounds):
                    for step in (own_run, own_stage, same_rows, one_more, rows_of_its_own):
                        barrier.wait(_TIMEOUT_SECONDS)
                        step(store, number)
    except BaseException:
        barrier.abort()  # the others need not wait
        raise


def own_run(store: ProfileStore, number: int) -> None:
    """Replace the rows of the writer's own run; the first time, everybody creates the table."""
    run = f"{RUN}{number}"
    store.replace(RUNS, RUNS.rows([run_row(run)]), where(run_id=run))


def own_stage(store: ProfileStore, number: int) -> None:
    """Replace the rows of the writer's own stage of a run that all write."""
    rows = [shift(RUN, f"c{each}", 0.5, stage=f"s{number}") for each in range(5)]
    store.replace(SHIFTS, SHIFTS.rows(rows), where(run_id=RUN, stage=f"s{number}"))


def same_rows(store: ProfileStore, number: int) -> None:
    """Replace the rows that everybody replaces, by as many as the writer's number, and one."""
    rows = [finding(RUN, str(each), cause=f"writer {number}") for each in range(number + 1)]
    store.replace(FINDINGS, FINDINGS.rows(rows), where(run_id=RUN))


def one_more(store: ProfileStore, number: int) -> None:
    """Add a row to those that are there when it is written."""

    def rows() -> pa.Table:
        fresh: dict[str, Any] = {"pipeline": "shop", "run_id": RUN, "kind": "bad", "reason": str(number)}
        return pa.concat_tables([store.read(MARKS), MARKS.rows([fresh])])

    store.replace(MARKS, rows, where())


def rows_of_its_own(store: ProfileStore, number: int) -> None:
    """Add rows that no other writer touches; the first time, everybody creates the table."""
    own = uuid.uuid4().hex
    rows = [{"pipeline": "shop", "run_id": RUN, "check_name": str(number), "manifest_id": own} for _ in range(3)]
    store.append(CHECK_RESULTS, CHECK_RESULTS.rows(rows), where(manifest_id=own))


def require_nothing_lost_or_doubled(store: ProfileStore, rounds: int, writers: int = WRITERS) -> None:
    """Check a store after `write_at_once`."""
    assert sorted(store.read(RUNS)["run_id"].to_pylist()) == [f"{RUN}{number}" for number in range(writers)]
    shifts = store.read(SHIFTS, where(run_id=RUN), ("stage", "column_name")).to_pylist()
    assert sorted((row["stage"], row["column_name"]) for row in shifts) == [
        (f"s{number}", f"c{each}") for number in range(writers) for each in range(5)
    ]
    found = store.read(FINDINGS, where(run_id=RUN), ("finding_id", "cause")).to_pylist()
    (writer,) = {row["cause"] for row in found}
    assert sorted(row["finding_id"] for row in found) == [str(n) for n in range(int(writer.split()[1]) + 1)]
    marks = sorted(store.read(MARKS, where(run_id=RUN))["reason"].to_pylist())
    assert marks == sorted(str(number) for number in range(writers) for _ in range(rounds))
    added = store.read(CHECK_RESULTS, where(run_id=RUN), ("check_name", "manifest_id")).to_pylist()
    by_writer = Counter(row["check_name"] for row in added)
    assert by_writer == {str(number): 3 * rounds for number in range(writers)}
    assert set(Counter(row["manifest_id"] for row in added).values()) == {3}
