"""From the pieces of a table to partial states, in this process or in a worker."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from stageprint.engines.local.model import Piece, Tally
from stageprint.engines.parquet.gathering import gathered
from stageprint.engines.parquet.model import SourceColumn
from stageprint.errors import without_data
from stageprint.fingerprint import SlicedFingerprint, SlicePlan, TablePlan
from stageprint.reasons import reason_of

Partial = tuple[int, int, bytes]
"""A position among a table's slices, an index of the plan, and a blob of states."""


@dataclass(frozen=True)
class Job:
    """Some pieces of a table; can be pickled.

    Attributes:
        plan: What is taken of the table.
        slices: How it is sliced.
        columns: The columns that the plan's sources count into, then the label of each slice.
        pieces: The pieces.
    """

    plan: TablePlan
    slices: tuple[SlicePlan, ...]
    columns: tuple[SourceColumn, ...]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Done:
    """What came of a job.

    Attributes:
        partials: The states; empty where it failed.
        malformed: Rows that could not be parsed, or not whole.
        failure: Why a piece could not be read; None: all were.
        seconds: How long it took, without the wait for a worker.
    """

    partials: tuple[Partial, ...] = ()
    malformed: int = 0
    failure: str | None = None
    seconds: float = 0.0


def run(job: Job) -> Done:
    """Read the pieces of a job, and return their states or why they cannot be read."""
    fingerprint, tally, started = SlicedFingerprint(job.plan, job.slices), Tally(), time.monotonic()
    try:
        pieces = (piece.batches(job.columns, tally) for piece in job.pieces)
        for batch in gathered(chain.from_iterable(pieces)):
            fingerprint.update(batch)
        return Done(tuple(fingerprint.partials()), tally.malformed, seconds=time.monotonic() - started)
    except Exception as error:  # noqa: BLE001 -- one table's bad file must not end the others' profiles
        paths = [column.path for column in job.plan.columns]
        text = without_data(error, paths) if job.plan.is_sensitive else str(reason_of(error))
        return Done(failure=text.splitlines()[0])


def jobs_of(
    plan: TablePlan,
    slices: Sequence[SlicePlan],
    columns: Sequence[SourceColumn],
    pieces: Iterable[Piece],
    bytes_per_job: int,
) -> Iterator[Job]:
    """Yield jobs of about so many bytes each, one at least."""
    some: list[Piece] = []
    size = 0
    for piece in pieces:
        if some and size + piece.bytes > bytes_per_job:
            yield Job(plan, tuple(slices), tuple(columns), tuple(some))
            some, size = [], 0
        some.append(piece)
        size += piece.bytes
    yield Job(plan, tuple(slices), tuple(columns), tuple(some))
