"""The use case behind ``stageprint runs delete``: removes runs from all result tables."""

from __future__ import annotations

from collections.abc import Sequence

from stageprint.errors import UsageError, did_you_mean
from stageprint.model.upkeep import DeleteOutcome
from stageprint.pipeline.deletion import remove_runs, rows_of_runs
from stageprint.pipeline.protected import lost_marks, protection
from stageprint.pipeline.results import Results
from stageprint.ports import ProfileStore


def delete_runs(store: ProfileStore, runs: Sequence[str], *, dry_run: bool = False) -> DeleteOutcome:
    """Remove runs from all result tables, also what an earlier deletion that was stopped has left of them.

    Commands know the runs until their manifests go, and nothing of them afterwards; should it be stopped then, repeat
    it. Marks of accepted shifts stay.

    Args:
        store: The pipeline's store itself, not one that hides rows.
        runs: The runs.
        dry_run: Only count the rows.

    Returns:
        The rows that were removed, and what later comparisons lose.

    Raises:
        UsageError: The store holds nothing of a run, or a command is writing it.
        StoreError: The store cannot be read or written.
    """
    wanted = list(dict.fromkeys(runs))
    for run in wanted:
        held = rows_of_runs(store, [run])
        if not any(held.values()):
            hint = did_you_mean(run, Results(store).run_ids())
            message = f"run {run!r} is not in the store {store.location}{hint}; no run was deleted"
            raise UsageError(message)
    writing = protection(store).being_written
    for run in wanted:
        if run in writing:
            message = f"run {run!r} is {writing[run]}: wait until that command has ended; no run was deleted"
            raise UsageError(message)
    notes = lost_marks(store, wanted)
    removed = rows_of_runs(store, wanted) if dry_run else remove_runs(store, wanted)
    return DeleteOutcome(wanted, {name: rows for name, rows in removed.items() if rows}, notes, dry_run, store.location)
