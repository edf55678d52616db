"""Queries over the incidents of a store."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stageprint.model import Severity
from stageprint.model.incident import StoredIncident
from stageprint.model.incident_tables import INCIDENTS, NOTIFICATIONS
from stageprint.model.result_tables import FINDINGS, MARKS
from stageprint.model.where import EVERY_ROW
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.incidents.decisions import decisions_in, with_decisions
from stageprint.pipeline.judged_results import JudgedResults
from stageprint.ports import ProfileStore


class IncidentResults(JudgedResults):
    """Answers how the incidents of one pipeline stand."""

    @abstractmethod
    def run_ids(self) -> list[str]:
        """Return the names of all runs, oldest first."""

    def incidents(self) -> list[StoredIncident]:
        """Return every incident as it stands now, open ones first, the worst first."""
        return stored_incidents(self.store, self.run_ids())

    def runs_without_incidents(self) -> list[str]:
        """Return the runs whose findings belong to no incident, by name: an earlier release compared them."""
        rows = CommittedStore(self.store).read(FINDINGS, EVERY_ROW, ("run_id", "incident_id")).to_pylist()
        return sorted({row["run_id"] for row in rows if row["incident_id"] is None})

    def incident_status(self) -> dict[str, str]:
        """Return how each incident stands now."""
        return {one.incident_id: one.status.value for one in self.incidents()}

    def accepted_by_person(self) -> set[str]:
        """Return the names of the incidents that a person accepted as the new normal."""
        return {one.incident_id for one in self.incidents() if one.is_accepted_by_person}


def stored_incidents(store: ProfileStore, runs: Sequence[str]) -> list[StoredIncident]:
    """Return every incident as it stands now, open ones first, the worst first.

    Args:
        store: The pipeline's store.
        runs: Every run of the store, oldest first.

    Raises:
        StoreError: The store cannot be read.
    """
    committed = store if isinstance(store, CommittedStore) else CommittedStore(store)
    place = {run: number for number, run in enumerate(runs)}
    rows = sorted(committed.read(INCIDENTS).to_pylist(), key=lambda row: place.get(row["run_id"], -1))
    latest = {row["incident_id"]: row for row in rows}
    if not latest:
        return []
    said = decisions_in(committed.read(MARKS).to_pylist())
    sent = _sent(committed)
    found = [
        replace(
            with_decisions(StoredIncident.from_row(row), said.get(name, ()), place), notified=tuple(sent.get(name, ()))
        )
        for name, row in latest.items()
    ]
    return sorted(
        found,
        key=lambda one: (
            not one.status.is_open,
            -_rank(one),
            -place.get(one.last_run, -1),
            str(one.origin),
            one.incident_id,
        ),
    )


def _rank(incident: StoredIncident) -> int:
    return max(incident.severity, Severity.NONE, key=lambda one: one.rank).rank if incident.status.is_open else 0


def _sent(store: CommittedStore) -> dict[str, list[Mapping[str, Any]]]:
    """Return what was sent of each incident, oldest first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(store.read(NOTIFICATIONS).to_pylist(), key=lambda row: row["begun_at"]):
        if row["sent_at"] is not None:
            what = {"to": row["target"], "event": row["event"], "at": row["sent_at"]}
            found.setdefault(row["incident_id"], []).append(what)
    return found
