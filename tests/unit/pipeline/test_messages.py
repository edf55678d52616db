"""Which messages are due at one destination."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from stageprint.model import Severity
from stageprint.model.alert import AlertEvent
from stageprint.model.incident import IncidentStatus, StoredIncident
from stageprint.pipeline.messages import MAX_NAMES, MAX_TEXT_CHARS, Message, Sent, clipped, due, target_of
from tests.support.alerts import AT, incident

RESOLVED, ACCEPTED = IncidentStatus.RESOLVED, IncidentStatus.ACCEPTED


class Destination:
    """A destination that remembers what it was told."""

    def __init__(self, max_messages: int = 20, lowest: Severity = Severity.WARNING) -> None:
        self.sent: list[Sent] = []
        self._most, self._lowest = max_messages, lowest

    def tell(self, *incidents: StoredIncident, arrives: bool = True) -> list[tuple[str, int]]:
        """Tell what is due; return each event with its number of incidents."""
        found = due(incidents, self.sent, lambda one: one.worst_severity.rank >= self._lowest.rank, self._most)
        if arrives:
            for one in found:
                self.sent += self._notes(one)
        return [(one.event.value, len(one.incidents)) for one in found if one.shown]

    def _notes(self, message: Message) -> Iterable[Sent]:
        at = AT + dt.timedelta(minutes=len(self.sent))
        for one in message.incidents:
            reference = message.reference or f"r-{message.key}"
            yield Sent(one.incident_id, "log", message.event, one.worst_severity, message.key, at, reference)


def test_an_incident_is_told_once_until_it_is_over() -> None:
    here = Destination()
    assert here.tell(incident()) == [("opened", 1)]
    for _ in range(10):
        assert here.tell(incident(status=IncidentStatus.ONGOING)) == []
    assert here.tell(incident(status=RESOLVED)) == [("resolved", 1)]
    assert here.tell(incident(status=RESOLVED)) == []
    assert {one.reference for one in here.sent} == {"r-0000000000000001"}


def test_what_is_over_before_it_was_told_is_not_told() -> None:
    assert Destination().tell(incident(status=RESOLVED), incident(2, status=ACCEPTED)) == []


def test_only_a_higher_severity_is_news() -> None:
    here = Destination()
    here.tell(incident())
    worse = incident(severity=Severity.CRITICAL, worst_severity=Severity.CRITICAL)
    assert here.tell(worse) == [("worsened", 1)]
    assert here.tell(worse) == []
    assert here.tell(incident(worst_severity=Severity.CRITICAL)) == []


def test_what_begins_below_a_rule_is_told_when_it_reaches_it() -> None:
    here = Destination(lowest=Severity.CRITICAL)
    assert here.tell(incident()) == []
    assert here.tell(incident(worst_severity=Severity.CRITICAL)) == [("opened", 1)]


def test_accepted_and_there_again() -> None:
    here = Destination()
    here.tell(incident())
    assert here.tell(incident(status=ACCEPTED)) == [("accepted", 1)]
    assert here.tell(incident()) == [("reopened", 1)]
    assert here.tell(incident(status=RESOLVED)) == [("resolved", 1)]


def test_what_did_not_arrive_is_due_again() -> None:
    here = Destination()
    assert here.tell(incident(), arrives=False) == [("opened", 1)]
    assert here.tell(incident()) == [("opened", 1)]


def test_five_hundred_at_once_are_twenty_messages_and_closed_as_they_were_told() -> None:
    here = Destination()
    many = [incident(number) for number in range(1, 501)]
    told = here.tell(*many)
    assert (len(told), told[-1]) == (20, ("opened", 481))
    assert here.tell(*many) == []
    half = [replace(one, status=RESOLVED) if number % 2 else one for number, one in enumerate(many)]
    assert here.tell(*half) == [("resolved", 1)] * 9
    assert here.tell(*half) == []
    over = [replace(one, status=RESOLVED) for one in many]
    assert here.tell(*over) == [*[("resolved", 1)] * 10, ("resolved", 481)]
    assert here.tell(*over) == []


def test_one_of_many_that_worsens_has_a_message_of_its_own() -> None:
    here = Destination(max_messages=1)
    assert here.tell(incident(1), incident(2)) == [("opened", 2)]
    worse = incident(2, worst_severity=Severity.CRITICAL)
    assert here.tell(incident(1), worse) == [("worsened", 1)]
    assert here.sent[-1].key == worse.incident_id
    assert here.tell(incident(1, status=RESOLVED), worse) == []
    over = replace(worse, status=RESOLVED)
    assert here.tell(incident(1, status=RESOLVED), over) == [("resolved", 1), ("resolved", 2)]
    assert here.tell(incident(1, status=RESOLVED), over) == []


def test_long_values_are_cut_and_that_is_said() -> None:
    found = clipped({"x" * 5000: ["y" * 1_000_000], "names": [str(number) for number in range(500)], "n": 3})
    assert len(str(found)) < 8_000
    assert found["n"] == 3
    assert found["names"][-1] == f"… ({500 - MAX_NAMES} more)"
    assert all(len(key) < MAX_TEXT_CHARS + 40 for key in found)


def test_a_destination_is_its_settings_whatever_the_rule() -> None:
    assert target_of("log", {"file": "a"}) == target_of("log", {"file": "a"})
    others = {target_of("log", {"file": "b"}), target_of("email", {"file": "a"})}
    assert target_of("log", {"file": "a"}) not in others
    assert len(others) == 2
    assert "hooks" not in target_of("webhook", {"url": "https://hooks.example.com/secret"})


def test_events_know_whether_they_close() -> None:
    assert {event.value for event in AlertEvent if event.closes} == {"resolved", "accepted"}
