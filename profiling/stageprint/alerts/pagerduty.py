"""Alerts as incidents of PagerDuty."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from stageprint.alerts.base import Settings, Sink
from stageprint.alerts.base_http import post_json
from stageprint.alerts.base_secrets import SecretRef
from stageprint.alerts.base_text import shortened
from stageprint.model.alert import Alert, AlertEvent
from stageprint.model.severity import Severity

_SEVERITIES: Final = {Severity.CRITICAL: "critical", Severity.WARNING: "warning"}
_MAX_SUMMARY_CHARS: Final = 1_024


class PagerDutySettings(Settings):
    """The service.

    Attributes:
        routing_key: Where the service's integration key (Events API v2) is: ``{env: NAME}`` or ``{file: PATH}``.
        url: Address of the Events API.
    """

    routing_key: SecretRef
    url: str = "https://events.pagerduty.com/v2/enqueue"


class PagerDuty(Sink[PagerDutySettings]):
    """Triggers a PagerDuty incident when an incident opens, and resolves it when the incident is over.

    ``dedup_key`` is the incident's id, so a message that is sent twice makes one PagerDuty incident. The severity
    `review` is sent as ``info``.

    Example:
        - {sink: pagerduty, routing_key: {env: PAGERDUTY_KEY}, severity: critical}
    """

    name: ClassVar[str] = "pagerduty"
    settings_model: ClassVar[type[Settings]] = PagerDutySettings

    def send(self, alert: Alert) -> None:
        """Trigger or resolve the incident; a test does both.

        Raises:
            AlertError: It was refused, or could not be delivered in time.
        """
        key = self.settings.routing_key.reveal()
        actions = ["resolve"] if alert.event.closes else ["trigger"]
        if alert.event is AlertEvent.TEST:
            actions.append("resolve")
        for action in actions:
            post_json(self.settings.url, {"routing_key": key, **self._event(alert, action)})

    def _event(self, alert: Alert, action: str) -> dict[str, Any]:
        text = self.text(alert)
        first = alert.incidents[0]
        return {
            "event_action": action,
            "dedup_key": alert.key,
            "client": "stageprint",
            "payload": {
                "summary": shortened(text.title, _MAX_SUMMARY_CHARS),
                "source": alert.pipeline,
                "severity": _SEVERITIES.get(alert.severity, "info"),
                "timestamp": alert.at.isoformat(),
                "component": f"{first['stage']}.{first['table']}",
                "class": first["cause"],
                "custom_details": {
                    "text": text.body,
                    "run": alert.run_id,
                    "incidents": alert.total,
                    "owner": first.get("owner"),
                },
            },
        }
