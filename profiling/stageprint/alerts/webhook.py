"""Alerts as JSON, posted to any address."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import ClassVar, Final

from pydantic import Field

from stageprint.alerts.base import Settings, Sink
from stageprint.alerts.base_http import post
from stageprint.alerts.base_secrets import SecretRef
from stageprint.model.alert import Alert

SIGNATURE_HEADER: Final = "X-Stageprint-Signature"
TIMESTAMP_HEADER: Final = "X-Stageprint-Timestamp"


class WebhookSettings(Settings):
    """Where alerts are posted.

    Attributes:
        url: The address, or where it is: ``{env: NAME}`` or ``{file: PATH}``.
        secret: Where the secret that signs the requests is: ``{env: NAME}`` or ``{file: PATH}``.
    """

    url: str | SecretRef = Field(union_mode="left_to_right")
    secret: SecretRef | None = None


class Webhook(Sink[WebhookSettings]):
    """Posts each alert as one JSON object, for programs of your own and for services that have no sink here.

    The keys are those of the example above, plus ``title`` and ``text`` for people. If `secret` is set, the request has
    the headers ``X-Stageprint-Timestamp``, in seconds since 1970, and ``X-Stageprint-Signature``: ``sha256=`` followed
    by the HMAC-SHA256 of timestamp, a dot and the body, in hex digits. The header ``Idempotency-Key`` is the same each
    time a message is tried.

    Example:
        - {sink: webhook, url: "https://alerts.example.com/in", secret: {env: ALERT_SECRET}}
    """

    name: ClassVar[str] = "webhook"
    settings_model: ClassVar[type[Settings]] = WebhookSettings

    def send(self, alert: Alert) -> None:
        """Post the alert.

        Raises:
            AlertError: It was refused, or could not be delivered in time.
        """
        text = self.text(alert)
        value = {**alert.to_object(), "title": text.title, "text": text.body}
        body = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": alert.message_id}
        if self.settings.secret is not None:
            moment = str(int(time.time()))
            headers |= {
                TIMESTAMP_HEADER: moment,
                SIGNATURE_HEADER: signature(self.settings.secret.reveal(), moment, body),
            }
        url = self.settings.url
        post(url if isinstance(url, str) else url.reveal(), body, headers)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a request.

    Args:
        secret: The secret that both sides know.
        timestamp: The header with the time.
        body: The body.
    """
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"
