"""What people say of incidents: somebody is on it, it is the new normal, it is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from stageprint.model.incident import Closing, IncidentStatus, StoredIncident


class DecisionKind(str, Enum):
    """What was said; the value is the `kind` of its row of `marks`."""

    ACKNOWLEDGED = "incident acknowledged"
    ACCEPTED = "incident accepted"
    RESOLVED = "incident resolved"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of an incident.

    Attributes:
        incident_id: The incident.
        kind: What was said.
        through_run: The last run that had been seen to have the incident then.
        at: When.
        why: The reason; None: none was given.
    """

    incident_id: str
    kind: DecisionKind
    through_run: str
    at: dt.datetime
    why: str | None


def decisions_in(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Decision]]:
    """Return what was said of each incident, oldest first, from rows of `marks`."""
    kinds = {kind.value: kind for kind in DecisionKind}
    found: dict[str, list[Decision]] = {}
    for row in sorted(rows, key=lambda row: row["marked_at"]):
        kind = kinds.get(row["kind"])
        if kind is not None:
            one = Decision(row["incident_id"], kind, row["through_run"], row["marked_at"], row["reason"])
            found.setdefault(one.incident_id, []).append(one)
    return found


def with_decisions(incident: StoredIncident, decisions: Sequence[Decision], place: Mapping[str, int]) -> StoredIncident:
    """Return an incident as it stands after what was said of it.

    What is accepted stays so while it is seen. What was said to be over and is seen in a later run is open again.

    Args:
        incident: The incident as the findings of the runs make it.
        decisions: What was said of it, oldest first.
        place: Run → its place in the order of runs.
    """
    found = incident
    for one in decisions:
        if one.kind is DecisionKind.ACKNOWLEDGED:
            found = replace(found, acknowledged_at=one.at, acknowledged_why=one.why)
        elif one.kind is DecisionKind.ACCEPTED:
            found = _closed(found, IncidentStatus.ACCEPTED, one)
        elif place.get(incident.last_run, -1) <= place.get(one.through_run, -1):
            found = _closed(found, IncidentStatus.RESOLVED, one)
    return found


def _closed(incident: StoredIncident, status: IncidentStatus, said: Decision) -> StoredIncident:
    return replace(incident, status=status, closed_by=Closing.PERSON, closed_at=said.at, why=said.why)
