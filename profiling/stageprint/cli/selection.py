"""Which runs a command line means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from stageprint.errors import UsageError, did_you_mean
from stageprint.report.text import some

if TYPE_CHECKING:
    from stageprint.config.pipeline import PipelineConfig


class RunStore(Protocol):
    """A store that knows its runs."""

    def runs(self) -> Sequence[Mapping[str, Any]]:
        """Return the rows of `runs`, oldest first."""
        ...


def check_some_or_all(runs: Sequence[str], all_runs: bool) -> None:
    """Check that either --run or --all-runs was given.

    Raises:
        UsageError: Both were given, or neither.
    """
    if runs and all_runs:
        message = "expected either --run or --all-runs, got both"
        raise UsageError(message)
    if not runs and not all_runs:
        message = "no run given: expected --run ID (may be repeated) or --all-runs"
        raise UsageError(message)


def some_or_all(runs: Sequence[str], all_runs: bool, every_run: Callable[[], Sequence[str]]) -> list[str]:
    """Return the runs given with --run, each once, or with --all-runs what `every_run` returns."""
    return list(every_run()) if all_runs else distinct(runs)


def stored_runs(store: RunStore, config: PipelineConfig) -> list[str]:
    """Return all runs of a pipeline's store, oldest first.

    Raises:
        UsageError: The store holds no run.
    """
    stored = [row["run_id"] for row in store.runs()]
    if not stored:
        message = (
            f"store {config.store} holds no run of pipeline {config.pipeline!r} yet; `stageprint profile` adds runs"
        )
        raise UsageError(message)
    return stored


def check_stored(runs: Sequence[str], stored: Sequence[str], config: PipelineConfig) -> None:
    """Check that runs are in the store.

    Raises:
        UsageError: A run is not among `stored`.
    """
    for run_id in runs:
        if run_id not in stored:
            message = f"run {run_id!r} is not in the store {config.store}{did_you_mean(run_id, stored)}"
            raise UsageError(message)


def distinct(names: Sequence[str]) -> list[str]:
    """Return names in their order, each once."""
    return list(dict.fromkeys(names))


def runs_text(runs: Sequence[str]) -> str:
    """Return runs for a headline: ``run 2013-05``, ``runs 2013-04, 2013-05``."""
    return f"run{'' if len(runs) == 1 else 's'} {some(runs)}"
