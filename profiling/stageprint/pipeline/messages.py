"""Decides which messages about incidents are due: one when it opens, one when it worsens, one when it is over. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stageprint.model import Severity
from stageprint.model.alert import AlertEvent
from stageprint.model.incident import IncidentStatus, StoredIncident

MAX_TEXT_CHARS: Final = 2_000
"""Longest text of an incident or finding that is sent: values of the data may be in it, and be a million long."""

MAX_NAMES: Final = 100
"""Longest list of names that is sent."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent about an incident.

    Attributes:
        incident_id: The incident.
        target: Where it was sent.
        event: Why.
        severity: Severity of the incident in it.
        key: The message's key, which others of the same message share.
        at: When.
        reference: How the sink finds it again; None: it need not.
    """

    incident_id: str
    target: str
    event: AlertEvent
    severity: Severity
    key: str
    at: dt.datetime
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is due.

    Attributes:
        event: Why.
        key: Its key.
        incidents: What it is about, worst first.
        reference: What the sink returned for the first message of this key; None: it is the first, or nothing.
        shown: Whether it is sent; if not, it is only noted, since another message of the same key says enough.
    """

    event: AlertEvent
    key: str
    incidents: tuple[StoredIncident, ...]
    reference: str | None = None
    shown: bool = True


def due(
    incidents: Iterable[StoredIncident],
    sent: Iterable[Sent],
    matches: Callable[[StoredIncident], bool],
    max_messages: int,
) -> list[Message]:
    """Return the messages that are due at one destination.

    Args:
        incidents: Every incident as it stands, open ones first, the worst first.
        sent: What was sent there.
        matches: Tells whether an incident is to be told there.
        max_messages: Largest number of messages about incidents that nobody was told of. The worst have one each, all
            others are told in one, which is closed when all of them are.
    """
    told: dict[str, list[Sent]] = {}
    for one in sorted(sent, key=lambda one: one.at):
        told.setdefault(one.incident_id, []).append(one)
    known = {one.incident_id: one for one in incidents}
    opened: list[Message] = []
    others: list[Message] = []
    for incident in known.values():
        earlier = told.get(incident.incident_id, [])
        event = _event(incident, earlier, matches)
        if event is None:
            continue
        if event is AlertEvent.OPENED:
            opened.append(Message(event, incident.incident_id, (incident,)))
        elif _in_many(earlier) and event.closes:
            others.append(Message(event, earlier[-1].key, (incident,), shown=False))
        else:
            mine = [one for one in earlier if one.key == incident.incident_id]
            others.append(Message(event, incident.incident_id, (incident,), mine[0].reference if mine else None))
    return [*_bounded(opened, max_messages), *_closed_together(others, told, known)]


def _event(
    incident: StoredIncident, earlier: Sequence[Sent], matches: Callable[[StoredIncident], bool]
) -> AlertEvent | None:
    """Return what a message about an incident says happened to it; None: no message is due."""
    if not incident.status.is_open:
        if not earlier or earlier[-1].event.closes:
            return None
        return AlertEvent.ACCEPTED if incident.status is IncidentStatus.ACCEPTED else AlertEvent.RESOLVED
    if not earlier:
        return AlertEvent.OPENED if matches(incident) else None
    if earlier[-1].event.closes:
        return AlertEvent.REOPENED if matches(incident) else None
    since = [one for one in earlier if not one.event.closes]
    worst = max(one.severity.rank for one in since)
    return AlertEvent.WORSENED if incident.worst_severity.rank > worst and matches(incident) else None


def _in_many(earlier: Sequence[Sent]) -> bool:
    return earlier[-1].key != earlier[-1].incident_id


def _bounded(opened: Sequence[Message], max_messages: int) -> list[Message]:
    if len(opened) <= max_messages:
        return list(opened)
    alone, rest = opened[: max_messages - 1], opened[max_messages - 1 :]
    incidents = tuple(one.incidents[0] for one in rest)
    names = "\x1f".join(sorted(one.incident_id for one in incidents))
    key = f"many-{hashlib.sha256(names.encode()).hexdigest()[:11]}"
    return [*alone, Message(AlertEvent.OPENED, key, incidents)]


def _closed_together(
    messages: Sequence[Message], told: Mapping[str, Sequence[Sent]], known: Mapping[str, StoredIncident]
) -> list[Message]:
    """Return messages with one more for each message about many incidents, of which the last is over now."""
    found = list(messages)
    over = {one.incidents[0].incident_id for one in messages if one.event.closes}
    of_many: dict[str, list[Sent]] = {}
    for all_sent in told.values():
        for one in all_sent:
            if one.key != one.incident_id:
                of_many.setdefault(one.key, []).append(one)
    for key, all_sent in of_many.items():
        members = dict.fromkeys(one.incident_id for one in all_sent if one.incident_id in known)
        if over.isdisjoint(members) or any(known[name].status.is_open for name in members):
            continue
        first = min(all_sent, key=lambda one: one.at)
        found = [one for one in found if one.key != key]
        incidents = tuple(known[name] for name in members)
        found.append(Message(AlertEvent.RESOLVED, key, incidents, first.reference))
    return found


def clipped(value: Any) -> Any:
    """Return a value of JSON with long texts and lists cut; what is left out is said.

    Example:
        >>> clipped({"a": "x" * 3000})["a"][-28:]
        'xxxx… (1000 characters more)'
    """
    if isinstance(value, str):
        more = len(value) - MAX_TEXT_CHARS
        return value if more <= 0 else f"{value[:MAX_TEXT_CHARS]}… ({more} characters more)"
    if isinstance(value, Mapping):
        return {clipped(str(key)): clipped(inner) for key, inner in list(value.items())[:MAX_NAMES]}
    if isinstance(value, (list, tuple)):
        more = len(value) - MAX_NAMES
        kept = [clipped(inner) for inner in value[:MAX_NAMES]]
        return kept if more <= 0 else [*kept, f"… ({more} more)"]
    return value


def target_of(sink: str, settings: Mapping[str, Any]) -> str:
    """Return the name of a destination: the sink with a hash of its settings, from which none can be read."""
    text = json.dumps(settings, sort_keys=True, default=str)
    return f"{sink}:{hashlib.sha256(text.encode()).hexdigest()[:8]}"
