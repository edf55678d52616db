"""The use cases behind ``stageprint incidents ack``, ``accept`` and ``resolve``: people say how incidents stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from stageprint.config.run_order import BY_NAME
from stageprint.diagnosis.base import cause_named
from stageprint.errors import UsageError, did_you_mean
from stageprint.model import ColumnKey
from stageprint.model.incident import CHECK_FAILED, Closing, IncidentStatus, StoredIncident
from stageprint.model.incident_tables import INCIDENTS
from stageprint.model.result_tables import MARKS
from stageprint.model.where import where
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.incidents.decisions import DecisionKind, decisions_in, with_decisions
from stageprint.pipeline.marks import Marks
from stageprint.pipeline.results import Results
from stageprint.ports import ProfileStore

MIN_PREFIX: Final = 4
"""Fewest characters of an identifier that name an incident, where no other begins with them."""


@dataclass(frozen=True, slots=True)
class AcceptedIncident:
    """What became of an accepted incident.

    Attributes:
        incident: The incident as it stands now.
        columns: Columns whose references now begin with its state; none where a check fails.
    """

    incident: StoredIncident
    columns: tuple[ColumnKey, ...]


class IncidentDesk:
    """What people say of the incidents of a store.

    Args:
        store: The pipeline's store.
        order: ``run_order`` of the pipeline's configuration.
    """

    def __init__(self, store: ProfileStore, order: str = BY_NAME) -> None:
        self._store = CommittedStore(store).raw
        self._order = order

    def find(self, name: str) -> StoredIncident:
        """Return the incident that an identifier, its beginning, or the identifier of one of its findings names.

        Raises:
            UsageError: None, or more than one, has it.
            StoreError: The store cannot be read.
        """
        results = Results(self._store, self._order)
        known = {one.incident_id: one for one in results.incidents()}
        if name in known:
            return known[name]
        begins = [one for one in known if len(name) >= MIN_PREFIX and one.startswith(name)]
        of_finding = [row["incident_id"] for row in results.findings() if row["finding_id"] == name]
        found = list(dict.fromkeys([*begins, *(one for one in of_finding if one in known)]))
        if len(found) == 1:
            return known[found[0]]
        if len(found) > 1:
            message = f"{name!r} names {len(found)} incidents: {', '.join(sorted(found))}"
            raise UsageError(message)
        hint = did_you_mean(name, known) if known else "; the store holds none: `stageprint compare` finds them"
        message = f"incident {name!r} is not in the store {self._store.location}{hint}"
        raise UsageError(message)

    def acknowledge(self, name: str, why: str | None) -> StoredIncident:
        """Say that somebody is on it; it stays open.

        Raises:
            UsageError: There is no such incident, or it is closed.
        """
        incident = self.find(name)
        _require_open(incident, "acknowledge")
        return self._say(incident, DecisionKind.ACKNOWLEDGED, why)

    def resolve(self, name: str, why: str) -> StoredIncident:
        """Say that it is over. If a later run shows it all the same, it is open again.

        Raises:
            UsageError: There is no such incident, it is closed, or no reason was given.
        """
        incident, why = self.find(name), _reason(why)
        _require_open(incident, "resolve")
        return self._say(incident, DecisionKind.RESOLVED, why)

    def accept(self, name: str, why: str) -> AcceptedIncident:
        """Say that it is the new normal: later runs are compared with its state, and a failing check is told no more.

        Raises:
            UsageError: There is no such incident, no reason was given, or it is about what was not looked at.
        """
        incident, why = self.find(name), _reason(why)
        columns: list[ColumnKey] = []
        if incident.cause != CHECK_FAILED:
            self._refuse_missing(incident)
            marks = Marks(self._store, self._order)
            stored = {row["finding_id"] for row in Results(self._store, self._order).findings()}
            for finding in incident.finding_ids:
                if finding in stored:
                    columns += marks.accept(finding, why)
        return AcceptedIncident(self._say(incident, DecisionKind.ACCEPTED, why), tuple(sorted(set(columns))))

    def finding_accepted(self, finding_id: str, why: str | None) -> None:
        """Say the same of the incident of a finding whose shifts were accepted; findings of old have none."""
        rows = Results(self._store, self._order).findings()
        name = next((row["incident_id"] for row in rows if row["finding_id"] == finding_id), None)
        if name is not None:
            self._say(self.find(name), DecisionKind.ACCEPTED, why)

    def _refuse_missing(self, incident: StoredIncident) -> None:
        cause = cause_named(incident.cause)
        if cause is not None and cause.missing is not None:
            message = (
                f"incident {incident.incident_id} ({cause.name}) cannot be accepted: it is about what was not looked "
                "at, not about a shift; see `optional` of tables and `decision.missing` in the configuration, or "
                "`stageprint incidents resolve`"
            )
            raise UsageError(message)

    def _say(self, incident: StoredIncident, kind: DecisionKind, why: str | None) -> StoredIncident:
        """Keep what was said, and show it in the incident's latest row, for those who read the table."""
        runs = Results(self._store, self._order).run_ids()
        row = {
            "pipeline": self._store.pipeline,
            "run_id": incident.last_run,
            "kind": kind.value,
            "incident_id": incident.incident_id,
            "through_run": incident.last_run,
            "reason": why,
            "marked_at": dt.datetime.now(dt.timezone.utc),
        }
        which = where(kind=kind.value, incident_id=incident.incident_id)
        self._store.replace(MARKS, MARKS.rows([row]), which)
        self._refresh(incident, runs)
        return self.find(incident.incident_id)

    def _refresh(self, incident: StoredIncident, runs: list[str]) -> None:
        counting = CommittedStore(self._store).counting(INCIDENTS, where(run_id=incident.run_id))
        here = counting & where(incident_id=incident.incident_id, baseline=incident.baseline)
        said = decisions_in(self._store.read(MARKS).to_pylist()).get(incident.incident_id, [])
        place = {run: number for number, run in enumerate(runs)}

        def decided() -> pa.Table:
            rows = self._store.read(INCIDENTS, here).to_pylist()
            told = (with_decisions(StoredIncident.from_row(row), said, place) for row in rows)
            return INCIDENTS.rows({**row, **one.to_row(row["pipeline"])} for row, one in zip(rows, told, strict=True))

        self._store.replace(INCIDENTS, decided, here)


_CLOSED_BY: Final[Mapping[Closing, str]] = {
    Closing.HEALED: "run {run} did not have it any more",
    Closing.NEW_LEVEL: "it lasted so long that later runs are compared with it",
    Closing.EVENT: "it was an event, which is told once",
    Closing.PERSON: "a person said so: {why}",
    Closing.REMOVED: "{why}",
}

_INSTEAD: Final[Mapping[IncidentStatus, str]] = {
    IncidentStatus.ACCEPTED: "It is the new normal: once `stageprint compare` sees a change from it, that is an "
    "incident of its own",
    IncidentStatus.RESOLVED: "If it is back, `stageprint compare` says so, and under which id",
}


def _require_open(incident: StoredIncident, what: str) -> None:
    """Refuse to say anything of an incident that is closed; say how it stands, why, and what to do instead.

    Raises:
        UsageError: It is closed.
    """
    if incident.status.is_open or incident.closed_by is None:
        return
    why = _CLOSED_BY[incident.closed_by].format(run=incident.ended_run, why=incident.why or "without a reason")
    message = (
        f"incident {incident.incident_id} is {incident.status.value} already: nothing to {what} ({why}). "
        f"{_INSTEAD[incident.status]}"
    )
    raise UsageError(message)


def _reason(why: str) -> str:
    if not why.strip():
        message = "expected a reason after --why, got an empty text"
        raise UsageError(message)
    return why
