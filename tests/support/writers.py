"""Several processes that write one store at the same time; each prepares, then waits for the others."""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier
from typing import Any

import pyarrow as pa
import pytest

from stageprint.model.result_tables import FINDINGS, MARKS, RUNS, SHIFTS
from stageprint.model.where import where
from stageprint.ports import ProfileStore
from stageprint.stores.delta import store as delta_store
from tests.support.stores import finding, run_row, shift

WRITERS = 8
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


def write_at_once(targets: Sequence[Target]) -> None:
    """Let `WRITERS` processes write each store, one store after the other, in steps that all begin at the same time."""
    context = mp.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # else each of them imports everything
    barrier = context.Barrier(WRITERS)
    processes = [context.Process(target=_write, args=(targets, number, barrier)) for number in range(WRITERS)]
    for process in processes:
        process.start()
    try:
        for process in processes:
            process.join(_TIMEOUT_SECONDS)
        assert [process.exitcode for process in processes] == [0] * WRITERS
    finally:
        for process in processes:
            process.kill()


def _write(targets: Sequence[Target], number: int, barrier: Barrier) -> None:
    try:
        for target in targets:
            os.environ.update(target.environment)
            with pytest.MonkeyPatch.context() as patch:
                if not target.locked:
                    patch.setattr(delta_store, "commit_lock", lambda _: contextlib.nullcontext())
                store = delta_store.DeltaStore(target.location, "shop")
                for _ in range(target.rounds):
                    for step in (own_run, own_stage, same_rows, one_more):
                        barrier.wait(_TIMEOUT_SECONDS)
                        step(store, number)
    except BaseException:
        barrier.abort()  # the others need not wait
        raise


def own_run(store: ProfileStore, number: int) -> None:
    """Replace the rows of the writer's own run; the first time, everybody creates the table."""
    run = f"r{number}"
    store.replace(RUNS, RUNS.rows([run_row(run)]), where(run_id=run))


def own_stage(store: ProfileStore, number: int) -> None:
    """Replace the rows of the writer's own stage of a run that all write."""
    rows = [shift("a", f"c{each}", 0.5, stage=f"s{number}") for each in range(5)]
    store.replace(SHIFTS, SHIFTS.rows(rows), where(run_id="a", stage=f"s{number}"))


def same_rows(store: ProfileStore, number: int) -> None:
    """Replace the rows that everybody replaces, by as many as the writer's number, and one."""
    rows = [finding("a", str(each), cause=f"writer {number}") for each in range(number + 1)]
    store.replace(FINDINGS, FINDINGS.rows(rows), where(run_id="a"))


def one_more(store: ProfileStore, number: int) -> None:
    """Add a row to those that are there when it is written."""

    def rows() -> pa.Table:
        fresh: dict[str, Any] = {"pipeline": "shop", "run_id": "a", "kind": "bad", "reason": str(number)}
        return pa.concat_tables([store.read(MARKS), MARKS.rows([fresh])])

    store.replace(MARKS, rows, where())


def require_nothing_lost_or_doubled(store: ProfileStore, rounds: int) -> None:
    """Check a store after `write_at_once`."""
    assert sorted(store.read(RUNS)["run_id"].to_pylist()) == [f"r{number}" for number in range(WRITERS)]
    shifts = store.read(SHIFTS, columns=("stage", "column_name")).to_pylist()
    assert sorted((row["stage"], row["column_name"]) for row in shifts) == [
        (f"s{number}", f"c{each}") for number in range(WRITERS) for each in range(5)
    ]
    found = store.read(FINDINGS, columns=("finding_id", "cause")).to_pylist()
    (writer,) = {row["cause"] for row in found}
    assert sorted(row["finding_id"] for row in found) == [str(n) for n in range(int(writer.split()[1]) + 1)]
    marks = sorted(store.read(MARKS)["reason"].to_pylist())
    assert marks == sorted(str(number) for number in range(WRITERS) for _ in range(rounds))
