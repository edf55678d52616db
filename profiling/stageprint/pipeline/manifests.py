"""What one command has written: a row that is begun before the first write and finished after the last.

Result tables are written one after the other, each atomically. A command that is stopped in between leaves the old rows
of some tables and the new ones of others; its manifest is not finished then, and every surface says so. A comparison's
manifest names the profiles that it was made from, so that a run that was profiled again is seen to be out of date.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from stageprint.model.result_tables import MANIFESTS
from stageprint.model.run_state import RunState
from stageprint.model.where import Where, where
from stageprint.ports import ProfileStore

PROFILE: Final = "profile"
COMPARISON: Final = "comparison"


class Manifest:
    """What a command writes of some runs, from its first write to its last.

    Args:
        store: The store.
        kind: `PROFILE` or `COMPARISON`.
        runs: The runs.
        baseline: What a comparison compares them with.
    """

    def __init__(self, store: ProfileStore, kind: str, runs: Sequence[str], baseline: str | None = None) -> None:
        self._store = store
        self._kind = kind
        self._baseline = baseline
        made_from = _profile_ids(store, runs) if kind == COMPARISON else {}
        now = dt.datetime.now(dt.timezone.utc)
        self._rows: dict[str, dict[str, Any]] = {
            run: {
                "pipeline": store.pipeline,
                "run_id": run,
                "kind": kind,
                "manifest_id": uuid.uuid4().hex,
                "baseline": baseline,
                "made_from": made_from.get(run),
                "started_at": now,
            }
            for run in dict.fromkeys(runs)
        }

    def begin(self) -> None:
        """Say that the runs are being written; what was finished before is not current any more.

        Raises:
            StoreError: The store cannot be written.
        """
        self._write()

    def finish(self, rows: Mapping[str, int]) -> None:
        """Say that all has been written.

        Args:
            rows: By run the tables profiled, or the rows of `shifts`.

        Raises:
            StoreError: The store cannot be written.
        """
        now = dt.datetime.now(dt.timezone.utc)
        for run, row in self._rows.items():
            row |= {"finished_at": now, "rows": rows.get(run, 0)}
        self._write()

    def _write(self) -> None:
        if self._rows:
            self._store.replace(MANIFESTS, MANIFESTS.rows(self._rows.values()), self._which())

    def _which(self) -> Where:
        which = where(run_id=list(self._rows), kind=self._kind)
        return which if self._kind == PROFILE else which & where(baseline=self._baseline)


def run_states(store: ProfileStore, runs: Sequence[str]) -> dict[str, RunState]:
    """Return whether anything can be said of runs that were profiled.

    A run is compared if it was with any baseline: the comparison that ended last counts.

    Args:
        store: The store.
        runs: The runs.
    """
    rows: dict[str, list[Mapping[str, Any]]] = {run: [] for run in runs}
    for row in store.read(MANIFESTS, where(run_id=runs)).to_pylist():
        rows[row["run_id"]].append(row)
    return {run: _state(of_run) for run, of_run in rows.items()}


def _state(manifests: Sequence[Mapping[str, Any]]) -> RunState:
    profile = next((row for row in manifests if row["kind"] == PROFILE), None)
    comparisons = [row for row in manifests if row["kind"] == COMPARISON]
    if profile is not None and profile["finished_at"] is None:
        return RunState.PROFILE_INTERRUPTED
    if not comparisons:
        return RunState.NOT_COMPARED
    latest = max(comparisons, key=lambda row: row["started_at"])
    if latest["finished_at"] is None:
        return RunState.COMPARISON_INTERRUPTED
    known = None if profile is None else profile["manifest_id"]
    return RunState.CURRENT if latest["made_from"] == known else RunState.STALE


def _profile_ids(store: ProfileStore, runs: Sequence[str]) -> dict[str, str]:
    """Return the manifest of each run's profile; a profile that is being written has none yet."""
    rows = store.read(MANIFESTS, where(run_id=runs, kind=PROFILE), ("run_id", "manifest_id", "finished_at")).to_pylist()
    return {row["run_id"]: row["manifest_id"] for row in rows if row["finished_at"] is not None}
