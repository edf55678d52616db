"""Sends alerts to their sinks at the same time, each in a thread of its own, and waits for all of them for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stageprint.errors import AlertError, described, one_line
from stageprint.model.alert import Alert
from stageprint.ports import AlertSink

MAX_SECONDS_TO_SEND: Final = 10.0
"""How long a command waits for all of its alerts together. Sinks send at the same time, each in a thread of its own."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one alert fared.

    Attributes:
        problem: Why it was not sent, or may not have arrived, as a sentence; None: it was sent.
        reference: How the sink finds the message again; None: it need not, or it was not sent.
    """

    problem: str | None
    reference: str | None = None


def deliver(
    queues: Sequence[tuple[str, AlertSink, Sequence[Alert]]], max_seconds: float = MAX_SECONDS_TO_SEND
) -> list[list[Delivery]]:
    """Send alerts, whatever a sink does: one that fails or hangs keeps no other from sending.

    Args:
        queues: What messages call the sink, the sink, and its alerts in the order in which they are sent.
        max_seconds: How long to wait for all sinks together.

    Returns:
        How each alert of each queue fared.
    """
    senders = [_Sender(to, sink, alerts) for to, sink, alerts in queues]
    for sender in senders:
        sender.start()
    deadline = time.monotonic() + max_seconds
    for sender in senders:
        sender.join(max(0.0, deadline - time.monotonic()))
    return [sender.give_up(max_seconds) for sender in senders]


class _Sender(threading.Thread):
    """Sends the alerts of one rule, one after the other. A daemon: one that hangs does not keep the program alive."""

    def __init__(self, to: str, sink: AlertSink, alerts: Sequence[Alert]) -> None:
        super().__init__(name=f"alerts to {to}", daemon=True)
        self._to = to
        self._sink = sink
        self._alerts = alerts
        self._begun = 0
        self._given_up = False
        self._answers: list[Delivery] = []
        self._lock = threading.Lock()

    def run(self) -> None:
        """Send until all is sent or the sender is given up."""
        for alert in self._alerts:
            with self._lock:
                if self._given_up:
                    return
                self._begun += 1
            answer = self._send(alert)
            with self._lock:
                self._answers.append(answer)

    def _send(self, alert: Alert) -> Delivery:
        try:
            return Delivery(None, self._sink.send(alert))
        except AlertError as error:
            return Delivery(one_line(error))
        except Exception as error:  # noqa: BLE001 -- a sink is a plug-in: whatever is wrong with it fails no comparison
            return Delivery(described(error))

    def give_up(self, seconds: float) -> list[Delivery]:
        """Send nothing more, and return how each alert fared in those `seconds`."""
        with self._lock:
            self._given_up = True
            return [self._fared(number, alert, seconds) for number, alert in enumerate(self._alerts)]

    def _fared(self, number: int, alert: Alert, seconds: float) -> Delivery:
        what = f"alert about {alert.key} ({alert.event.value}) to {self._to}"
        if number >= self._begun:
            return Delivery(f"{what} was not sent: those before it took more than {seconds:g} s")
        if number >= len(self._answers):
            return Delivery(f"{what} may not have arrived: no answer within {seconds:g} s")
        answer = self._answers[number]
        return answer if answer.problem is None else Delivery(f"{what} was not sent: {answer.problem}")
