"""Alerts, and sinks that remember what they were sent, fail or hang."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

from stageprint.config.notify import NotifyRule
from stageprint.model import ColumnKey, Severity
from stageprint.model.alert import Alert, AlertEvent
from stageprint.model.incident import IncidentStatus, StoredIncident
from stageprint.ports import AlertRoute
from tests.support.findings import finding

AT = dt.datetime(2026, 3, 1, 4, 30, tzinfo=dt.timezone.utc)


class RememberingSink:
    """Remembers its alerts.

    Args:
        error: What it raises in place of remembering.
        wait_for: It does nothing before this is set.
        reference: What it returns for each.
    """

    wants_figures = False

    def __init__(
        self,
        error: Exception | None = None,
        wait_for: threading.Event | None = None,
        reference: str | None = None,
        name: str = "remember",
    ) -> None:
        self.name = name
        self.alerts: list[Alert] = []
        self.error = error
        self._wait_for = wait_for
        self._reference = reference

    def send(self, alert: Alert) -> str | None:
        if self._wait_for is not None:
            self._wait_for.wait(60)
        if self.error is not None:
            raise self.error
        self.alerts.append(alert)
        return self._reference

    def route(self, **rule: Any) -> AlertRoute:
        """Return a rule that sends here."""
        return AlertRoute(NotifyRule.model_validate({"sink": self.name, **rule}), self)

    def told(self) -> list[tuple[str, str]]:
        """Return the events with what they are about."""
        return [(alert.event.value, place(alert)) for alert in self.alerts]


def place(alert: Alert) -> str:
    """Return what an alert is about: a column, or how many incidents."""
    if alert.total > 1:
        return str(alert.total)
    one = alert.incidents[0]
    return ".".join(str(part) for part in (one["stage"], one["table"], one["column"]) if part)


def incident(number: int = 1, **changes: Any) -> StoredIncident:
    """Return an incident of a column."""
    known: dict[str, Any] = {
        "incident_id": f"{number:016x}",
        "run_id": "2026-03-01",
        "baseline": "auto",
        "status": IncidentStatus.NEW,
        "severity": Severity.WARNING,
        "worst_severity": Severity.WARNING,
        "cause": "unit_change",
        "finding_class": "data",
        "origin": ColumnKey("raw", "weather", f"temp{number}"),
        "opened_run": "2026-03-01",
        "last_run": "2026-03-01",
        "sentence": f"raw.weather.temp{number} looks converted.",
        "opened_at": AT,
        "last_seen_at": AT,
    }
    return StoredIncident(**{**known, **changes})


def alert(event: AlertEvent = AlertEvent.OPENED, count: int = 1, **changes: Any) -> Alert:
    """Return an alert about incidents."""
    incidents = [{**incident(number + 1).to_object(), "owner": None} for number in range(count)]
    for one in incidents:
        del one["notified"]
    known: dict[str, Any] = {
        "at": AT,
        "pipeline": "shop",
        "run_id": "2026-03-01",
        "event": event,
        "key": incidents[0]["incident_id"],
        "incidents": incidents,
        "findings": [finding()],
        "total": count,
    }
    return Alert(**{**known, **changes})
