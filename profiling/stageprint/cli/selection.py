"""Which runs a command line means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from stageprint.errors import UsageError, did_you_mean
from stageprint.model import TableKey
from stageprint.model.run_state import RunState
from stageprint.report.text import some

if TYPE_CHECKING:
    from stageprint.config.pipeline import PipelineConfig
    from stageprint.model.incident import StoredIncident


_FINDING_ID: Final = re.compile(r"[0-9a-f]{4,16}")


class RunStore(Protocol):
    """A store that knows its runs."""

    def runs(self) -> Sequence[Mapping[str, Any]]:
        """Return the rows of `runs`, oldest first."""
        ...


class StateStore(Protocol):
    """A store that knows whether anything can be said of its runs."""

    def states(self, runs: Sequence[str]) -> Mapping[str, RunState]:
        """Return the state of each of the runs."""
        ...


class FindingStore(Protocol):
    """A store that knows its findings, and the incidents that they belong to."""

    def findings(self) -> Sequence[Mapping[str, Any]]:
        """Return the findings of all runs."""
        ...

    def incidents(self) -> Sequence[StoredIncident]:
        """Return the incidents as they stand."""
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


def latest_compared(store: StateStore, stored: Sequence[str], config: PipelineConfig) -> tuple[str, str | None]:
    """Return the latest run of which something can be said, and why it is not the latest run; None: it is.

    Args:
        store: The store.
        stored: All runs, oldest first.
        config: The pipeline.

    Raises:
        UsageError: Nothing can be said of any run.
    """
    states = store.states(stored)
    found = next((run for run in reversed(stored) if states[run] is RunState.CURRENT), None)
    latest = stored[-1]
    if found is None:
        message = (
            f"no run of the store {config.store} has been compared: `stageprint compare` first, or name one with --run"
        )
        raise UsageError(message)
    why = f"run {latest} {states[latest].sentence}: this is about {found}, the latest run that is compared"
    return found, None if found == latest else why


def named_table(config: PipelineConfig, name: str) -> TableKey:
    """Return the table that ``stage.table``, or a table's name that only one stage has, means.

    Raises:
        UsageError: There is no such table, or several stages have one.
    """
    stage, dot, table = name.partition(".")
    if dot:
        config.table(stage, table)
        return TableKey(stage, table)
    found = [TableKey(one.name, each.name) for one, each in config.select() if each.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        message = f"{len(found)} stages have a table {name!r}: name one of {some([str(key) for key in found])}"
        raise UsageError(message)
    known = [each.name for _, each in config.select()]
    message = f"no table {name!r} in pipeline {config.pipeline!r}{did_you_mean(name, known)}"
    raise UsageError(message)


def named_finding(store: FindingStore, text: str) -> Mapping[str, Any] | None:
    """Return the finding whose id begins with a text, or the latest of the incident whose id does; None: none does.

    Raises:
        UsageError: Several findings or incidents begin with it, or the incident has no finding.
    """
    if not _FINDING_ID.fullmatch(text):
        return None
    return finding_named(store, text) or _latest_of_incident(store, store.findings(), text)


def finding_named(store: FindingStore, text: str) -> Mapping[str, Any] | None:
    """Return the finding whose id begins with a text; None: none does.

    Raises:
        UsageError: Several findings begin with it.
    """
    found = [row for row in store.findings() if text and str(row["finding_id"]).startswith(text)]
    names = list(dict.fromkeys(str(row["finding_id"]) for row in found))
    if len(names) > 1:
        message = f"{len(names)} findings begin with {text!r}: name one of {some(names)}"
        raise UsageError(message)
    return found[0] if found else None


def _latest_of_incident(
    store: FindingStore, findings: Sequence[Mapping[str, Any]], text: str
) -> Mapping[str, Any] | None:
    incidents = [one for one in store.incidents() if one.incident_id.startswith(text)]
    if not incidents:
        return None
    if len(incidents) > 1:
        names = some([one.incident_id for one in incidents])
        message = f"{len(incidents)} incidents begin with {text!r}: name one of {names}"
        raise UsageError(message)
    (incident,) = incidents
    latest = [row for row in findings if row["finding_id"] in incident.finding_ids]
    if not latest:
        message = (
            f"incident {incident.incident_id} ({incident.status.value}) has no finding in the store: "
            f"{incident.sentence}"
        )
        raise UsageError(message)
    return latest[0]


def distinct(names: Sequence[str]) -> list[str]:
    """Return names in their order, each once."""
    return list(dict.fromkeys(names))


def runs_text(runs: Sequence[str]) -> str:
    """Return runs for a headline: ``run 2013-05``, ``runs 2013-04, 2013-05``."""
    return f"run{'' if len(runs) == 1 else 's'} {some(runs)}"
