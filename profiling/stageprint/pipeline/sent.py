"""What was sent about incidents, in the store: so that a message is sent once, also by two commands at once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stageprint.model import Severity
from stageprint.model.alert import AlertEvent
from stageprint.model.incident import StoredIncident
from stageprint.model.incident_tables import INCIDENTS, NOTIFICATIONS
from stageprint.model.where import EVERY_ROW, where
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.messages import Message, Sent
from stageprint.pipeline.processes import has_ended, this_process
from stageprint.ports import ProfileStore

MAX_SENDING_TIME: Final = dt.timedelta(minutes=5)
"""How long a command may be sending; what an older one began and did not note is sent again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages that this command is about to send.

    Attributes:
        target: Where to.
        message: The message.
        ids: incident_id → the identifier of its row.
    """

    target: str
    message: Message
    ids: Mapping[str, str]


class SentMessages:
    """What was sent about the incidents of a pipeline.

    Args:
        store: The pipeline's store.
    """

    def __init__(self, store: ProfileStore) -> None:
        self._store = CommittedStore(store).raw

    def read(self) -> list[Sent]:
        """Return what was sent, oldest first.

        Raises:
            StoreError: The store cannot be read.
        """
        rows = [row for row in self._store.read(NOTIFICATIONS).to_pylist() if row["sent_at"] is not None]
        return sorted(map(_sent, rows), key=lambda one: one.at)

    def claim(self, due: Sequence[tuple[str, Message]], since: dt.datetime) -> list[Claim | None]:
        """Note that messages are about to be sent; return those that no other command is sending, or has sent.

        Args:
            due: Messages with their destinations.
            since: When `read` was asked: what was sent since is not known to who decided what is due.

        Returns:
            One entry a message; None: another command tells the same.

        Raises:
            StoreError: The store cannot be read or written.
        """
        if not due:
            return []
        begun = dt.datetime.now(dt.timezone.utc)
        claims = [
            Claim(target, message, {one.incident_id: uuid.uuid4().hex[:16] for one in message.incidents})
            for target, message in due
        ]
        mine = {name for one in claims for name in one.ids.values()}
        rows = NOTIFICATIONS.rows(row for one in claims for row in self._rows(one, begun))
        self._store.append(NOTIFICATIONS, rows, where(notification_id=mine))
        names = {incident for one in claims for incident in one.ids}
        stored = self._store.read(NOTIFICATIONS, where(incident_id=names)).to_pylist()
        others = [row for row in stored if row["notification_id"] not in mine and _is_live(row, since)]
        own = {row["notification_id"]: row for row in stored if row["notification_id"] in mine}
        lost = [one for one in claims if any(_is_before(row, one, own) for row in others)]
        self.forget(lost)
        return [None if one in lost else one for one in claims]

    def _rows(self, claim: Claim, begun: dt.datetime) -> Iterable[dict[str, Any]]:
        for incident in claim.message.incidents:
            yield {
                "pipeline": self._store.pipeline,
                "run_id": incident.run_id,
                "notification_id": claim.ids[incident.incident_id],
                "incident_id": incident.incident_id,
                "message_key": claim.message.key,
                "target": claim.target,
                "event": claim.message.event.value,
                "severity": _severity(incident),
                "begun_at": begun,
                "writer": this_process(),
            }

    def arrived(self, sent: Sequence[tuple[Claim, str | None]]) -> None:
        """Note that messages were sent.

        Args:
            sent: Each with what the sink returned.

        Raises:
            StoreError: The store cannot be written.
        """
        if not sent:
            return
        now = dt.datetime.now(dt.timezone.utc)
        rows = [
            {**row, "sent_at": now, "reference": reference or claim.message.reference}
            for claim, reference in sent
            for row in self._rows(claim, now)
        ]
        which = where(notification_id=[row["notification_id"] for row in rows])
        self._store.replace(NOTIFICATIONS, NOTIFICATIONS.rows(rows), which)

    def forget(self, claims: Sequence[Claim]) -> None:
        """Note that messages were not sent after all, so that the next command sends them.

        Raises:
            StoreError: The store cannot be written.
        """
        names = [name for one in claims for name in one.ids.values()]
        if names:
            self._store.replace(NOTIFICATIONS, NOTIFICATIONS.empty(), where(notification_id=names))


def outdated_messages(store: ProfileStore, without: Collection[str], before: dt.datetime | None) -> list[str]:
    """Return what nobody needs to know any more of what was sent: identifiers of rows of `notifications`.

    What was sent of an incident is kept as long as a run that stays has a row of the incident, so that nothing is sent
    twice; and as long as a run that stays is older than the message, so that a run which was removed by hand and is
    profiled again sends nothing twice either.

    Args:
        store: The store itself, not one that hides rows.
        without: Runs that are removed.
        before: When the oldest run that stays was profiled; None: nothing is outdated.

    Raises:
        StoreError: The store cannot be read.
    """
    if before is None:
        return []
    rows = store.read(INCIDENTS, EVERY_ROW, ("run_id", "incident_id")).to_pylist()
    there = {row["incident_id"] for row in rows if row["run_id"] not in without}
    sent = store.read(NOTIFICATIONS, EVERY_ROW, ("notification_id", "incident_id", "begun_at")).to_pylist()
    return [row["notification_id"] for row in sent if row["incident_id"] not in there and row["begun_at"] < before]


def remove_messages(store: ProfileStore, names: Collection[str]) -> int:
    """Remove rows of `notifications`; return their number.

    Args:
        store: The store itself, not one that hides rows.
        names: Their identifiers.

    Raises:
        StoreError: The store cannot be written.
    """
    if names:
        store.replace(NOTIFICATIONS, NOTIFICATIONS.empty(), where(notification_id=list(names)))
    return len(names)


def _sent(row: Mapping[str, Any]) -> Sent:
    return Sent(
        incident_id=row["incident_id"],
        target=row["target"],
        event=AlertEvent(row["event"]),
        severity=Severity(row["severity"]),
        key=row["message_key"],
        at=row["sent_at"],
        reference=row["reference"],
    )


def _severity(incident: StoredIncident) -> str:
    return incident.worst_severity.value


def _is_live(row: Mapping[str, Any], since: dt.datetime) -> bool:
    """Tell whether another row counts: it was sent since, or a command that may still run is sending it."""
    if row["sent_at"] is not None:
        return bool(row["sent_at"] >= since)
    age = dt.datetime.now(dt.timezone.utc) - row["begun_at"]
    return age <= MAX_SENDING_TIME and not has_ended(row["writer"], row["begun_at"])


def _is_before(other: Mapping[str, Any], claim: Claim, own: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether another command says the same of an incident at the same place, and was first."""
    name = claim.ids.get(other["incident_id"])
    if name is None or (other["target"], other["event"]) != (claim.target, claim.message.event.value):
        return False
    mine = own.get(name)
    if mine is None:
        return False
    return (other["begun_at"], other["notification_id"]) < (mine["begun_at"], mine["notification_id"])
