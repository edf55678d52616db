"""Alerts as e-mail."""

from __future__ import annotations

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import ClassVar, Final, Literal

from pydantic import Field

from stageprint.alerts.base import Settings, Sink
from stageprint.alerts.base_secrets import SecretRef
from stageprint.errors import AlertError, one_line, plain_reason
from stageprint.model.alert import Alert
from stageprint.redact import redacted

MAX_SECONDS: Final = 8.0
"""How long the server may take for each answer."""


class EmailSettings(Settings):
    """The server and the people.

    Attributes:
        host: The SMTP server.
        port: Its port.
        encryption: ``starttls`` (usually port 587), ``tls`` from the first byte (465), or ``none``.
        username: User name to log in with; if not set, there is no login.
        password: Where the password is: ``{env: NAME}`` or ``{file: PATH}``.
        sender: Address that messages are sent from.
        to: Addresses that messages are sent to.
    """

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65_535)
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretRef | None = None
    sender: str = Field(min_length=3)
    to: tuple[str, ...] = Field(min_length=1)


class Email(Sink[EmailSettings]):
    """Sends an e-mail through an SMTP server.

    Later messages about an incident reply to its first one, so that mail programs show them as one conversation.

    Example:
        - {sink: email, host: smtp.example.com, username: stageprint, password: {env: SMTP_PASSWORD},
           sender: stageprint@example.com, to: [data-team@example.com]}
    """

    name: ClassVar[str] = "email"
    settings_model: ClassVar[type[Settings]] = EmailSettings

    def send(self, alert: Alert) -> str:
        """Send the message; return the ``Message-ID`` of the first one.

        Raises:
            AlertError: The server refused it, or cannot be reached.
        """
        message = self._message(alert)
        where = f"{self.settings.host}:{self.settings.port}"
        try:
            self._deliver(message)
        except smtplib.SMTPResponseException as error:
            text = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else str(error)
            reason = f"{where} answered {error.smtp_code}: {' '.join(redacted(text).split())[:200]}"
            raise AlertError(reason) from error
        except (smtplib.SMTPException, OSError) as error:
            reason = f"{where}: {plain_reason(error, quotes=False)}"
            raise AlertError(reason) from error
        return alert.reference or str(message["Message-ID"])

    def _message(self, alert: Alert) -> EmailMessage:
        text = self.text(alert)
        message = EmailMessage()
        try:
            message["From"] = _address(self.settings.sender)
            message["To"] = [_address(one) for one in self.settings.to]
        except (ValueError, IndexError) as error:
            reason = f"an address is no address: {one_line(error)}"
            raise AlertError(reason) from error
        domain = self.settings.sender.rpartition("@")[2]
        message["Subject"] = " ".join(text.title.split())
        message["Date"] = format_datetime(alert.at)
        message["Message-ID"] = f"<{_token(alert.message_id)}@{domain}>"
        if alert.reference is not None:
            message["In-Reply-To"] = alert.reference
            message["References"] = alert.reference
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(f"{text.body}\n")
        return message

    def _deliver(self, message: EmailMessage) -> None:
        own = self.settings
        password = None if own.password is None else own.password.reveal()
        if own.encryption == "tls":
            context = ssl.create_default_context()
            client: smtplib.SMTP = smtplib.SMTP_SSL(own.host, own.port, timeout=MAX_SECONDS, context=context)
        else:
            client = smtplib.SMTP(own.host, own.port, timeout=MAX_SECONDS)
        with client:
            if own.encryption == "starttls":
                client.starttls(context=ssl.create_default_context())
            if own.username is not None:
                client.login(own.username, password or "")
            client.send_message(message)


def _address(text: str) -> Address:
    return Address(addr_spec=text)


def _token(text: str) -> str:
    """Return a text with what a message's identifier may hold."""
    return "".join(mark if mark.isalnum() or mark in ".-_" else "-" for mark in text if mark.isascii())[:120]
