"""Alerts in a channel of Microsoft Teams."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from stageprint.alerts.base import Settings, Sink
from stageprint.alerts.base_http import post_json
from stageprint.alerts.base_secrets import SecretRef
from stageprint.alerts.base_text import MessageText
from stageprint.model.alert import Alert
from stageprint.model.severity import Severity

_COLOURS: Final = {Severity.CRITICAL: "Attention", Severity.WARNING: "Warning", Severity.REVIEW: "Accent"}
_MARKDOWN: Final = str.maketrans({mark: f"\\{mark}" for mark in "\\*_[]()#"})


class TeamsSettings(Settings):
    """The channel.

    Attributes:
        url: Where the address of the channel's webhook (Workflows) is: ``{env: NAME}`` or ``{file: PATH}``.
    """

    url: SecretRef


class Teams(Sink[TeamsSettings]):
    """Posts an adaptive card to a Microsoft Teams channel, through the webhook of a workflow.

    Teams cannot change what a webhook has posted, so there is a new card when an incident opens, worsens or is over.

    Example:
        - {sink: teams, url: {env: TEAMS_WEBHOOK_URL}}
    """

    name: ClassVar[str] = "teams"
    settings_model: ClassVar[type[Settings]] = TeamsSettings

    def send(self, alert: Alert) -> None:
        """Post the card.

        Raises:
            AlertError: It was refused, or could not be delivered in time.
        """
        post_json(self.settings.url.reveal(), _card(alert, self.text(alert)))


def _card(alert: Alert, text: MessageText) -> dict[str, Any]:
    colour = "Good" if alert.event.closes else _COLOURS.get(alert.severity, "Accent")
    title = {"type": "TextBlock", "text": _plain(text.title), "weight": "Bolder", "color": colour, "wrap": True}
    lines = [{"type": "TextBlock", "text": _plain(line), "wrap": True} for line in text.body.splitlines() if line]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [title, *lines],
    }
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [content]}


def _plain(text: str) -> str:
    """Return a text in which Teams sees no link and no markup."""
    return text.translate(_MARKDOWN)
