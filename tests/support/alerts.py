"""Sinks that remember what they were sent, fail or hang."""

from __future__ import annotations

import threading
from typing import Any

from stageprint.config.notify import NotifyRule
from stageprint.model.alert import Alert
from stageprint.ports import AlertRoute


class RememberingSink:
    """Remembers its alerts.

    Args:
        error: What it raises in place of remembering.
        wait_for: It does nothing before this is set.
    """

    def __init__(self, error: Exception | None = None, wait_for: threading.Event | None = None) -> None:
        self.name = "remember"
        self.alerts: list[Alert] = []
        self._error = error
        self._wait_for = wait_for

    def send(self, alert: Alert) -> None:
        if self._wait_for is not None:
            self._wait_for.wait(60)
        if self._error is not None:
            raise self._error
        self.alerts.append(alert)

    def route(self, **rule: Any) -> AlertRoute:
        """Return a rule that sends here."""
        return AlertRoute(NotifyRule.model_validate({"sink": self.name, **rule}), self)


def sent(alert: Alert) -> list[tuple[str, str]]:
    """Return the findings of an alert as id and severity."""
    return [(found["finding_id"], found["severity"]) for found in alert.findings]
