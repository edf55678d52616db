"""Alerts in a Slack channel."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Final

from pydantic import Field, model_validator

from stageprint.alerts.base import Settings, Sink
from stageprint.alerts.base_http import host_of, post_json
from stageprint.alerts.base_secrets import SecretRef
from stageprint.alerts.base_text import MessageText
from stageprint.errors import AlertError
from stageprint.model.alert import Alert, AlertEvent
from stageprint.model.severity import Severity

_COLOURS: Final = {Severity.CRITICAL: "#b42318", Severity.WARNING: "#b54708", Severity.REVIEW: "#175cd3"}
_CLOSED: Final = "#067647"


class SlackSettings(Settings):
    """The channel.

    Attributes:
        url: Where the address of an incoming webhook is: ``{env: NAME}`` or ``{file: PATH}``.
        token: Where a bot's token is, in place of `url`. The bot needs the scope ``chat:write``.
        channel: The channel that the bot writes to: a name such as ``#data-alerts``, or its id.
        api_url: Address of the Slack API.
    """

    url: SecretRef | None = None
    token: SecretRef | None = None
    channel: str | None = Field(default=None, min_length=1)
    api_url: str = "https://slack.com/api"

    @model_validator(mode="after")
    def _one_way(self) -> SlackSettings:
        if (self.url is None) == (self.token is None):
            message = "expected either url, of an incoming webhook, or token, of a bot"
            raise ValueError(message)
        if (self.token is None) != (self.channel is None):
            message = "expected token and channel together: a webhook has its own channel"
            raise ValueError(message)
        return self


class Slack(Sink[SlackSettings]):
    """Writes to a Slack channel: through an incoming webhook, or as a bot.

    When an incident worsens or is over, a bot edits its message and says so in the message's thread. A webhook cannot
    edit messages: it writes a new one each time.

    Example:
        - {sink: slack, token: {env: SLACK_TOKEN}, channel: "#data-alerts"}
        - {sink: slack, url: {env: SLACK_WEBHOOK_URL}, severity: critical}
    """

    name: ClassVar[str] = "slack"
    settings_model: ClassVar[type[Settings]] = SlackSettings

    def send(self, alert: Alert) -> str | None:
        """Write the message, or change it; return where it stands, for a bot.

        Raises:
            AlertError: It was refused, or could not be delivered in time.
        """
        text = self.text(alert)
        if self.settings.url is not None:
            post_json(self.settings.url.reveal(), _message(alert, text))
            return None
        if alert.reference is None:
            found = self._call("chat.postMessage", {"channel": self.settings.channel, **_message(alert, text)})
            return json.dumps({"channel": found.get("channel"), "ts": found.get("ts")})
        first: dict[str, Any] = json.loads(alert.reference)
        self._call("chat.update", {**first, **_message(alert, text)})
        if alert.event is not AlertEvent.TEST:
            said = {"channel": first["channel"], "thread_ts": first["ts"], "text": escaped(text.title)}
            self._call("chat.postMessage", said)
        return alert.reference

    def _call(self, method: str, value: dict[str, Any]) -> dict[str, Any]:
        token = self.settings.token.reveal() if self.settings.token is not None else ""
        url = f"{self.settings.api_url.rstrip('/')}/{method}"
        answer = post_json(url, value, {"Authorization": f"Bearer {token}"}).json()
        if answer.get("ok") is not True:
            # Slack answers 200 whatever is wrong.
            message = f"{host_of(url)}: {method} was refused: {answer.get('error', 'an answer that is no JSON')}"
            raise AlertError(message)
        return answer


def _message(alert: Alert, text: MessageText) -> dict[str, Any]:
    colour = _CLOSED if alert.event.closes else _COLOURS.get(alert.severity, _COLOURS[Severity.REVIEW])
    section = {"type": "section", "text": {"type": "mrkdwn", "text": escaped(text.body)[:3000] or " "}}
    return {"text": escaped(text.title), "attachments": [{"color": colour, "blocks": [section]}]}


def escaped(text: str) -> str:
    """Return a text in which Slack sees no link, no mention and no channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
