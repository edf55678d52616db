"""E-mail against a real SMTP server on the loopback."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import Any

import pytest

from stageprint.alerts.email import Email, EmailSettings
from stageprint.errors import AlertError
from stageprint.model.alert import AlertEvent
from tests.support.alerts import alert
from tests.support.receivers import Mailbox, mail_server

PASSWORD = "pa55-not-to-be-shown"  # noqa: S105 -- no secret


def sink(port: int, **settings: Any) -> Email:
    known = {
        "host": "127.0.0.1",
        "port": port,
        "encryption": "none",
        "sender": "stageprint@example.com",
        "to": ["data@example.com", "on-call@example.com"],
    }
    return Email(EmailSettings.model_validate({**known, **settings}))


def parsed(mailbox: Mailbox) -> list[EmailMessage]:
    found = (
        email.message_from_bytes(one.original_content or b"", policy=email.policy.default) for one in mailbox.envelopes
    )
    return [one for one in found if isinstance(one, EmailMessage)]


def test_later_messages_answer_the_first(mailbox: Mailbox) -> None:
    first = sink(mailbox.port).send(alert())
    assert sink(mailbox.port).send(alert(AlertEvent.RESOLVED, reference=first)) == first
    opened, closed = parsed(mailbox)
    assert opened["Subject"] == "[warning] shop: raw.weather.temp1: unit change (since run 2026-03-01)"
    assert opened["To"] == "data@example.com, on-call@example.com"
    assert (opened["Message-ID"], opened["In-Reply-To"]) == (first, None)
    assert (closed["In-Reply-To"], closed["References"]) == (first, first)
    assert closed["Message-ID"] != first
    assert opened["Auto-Submitted"] == "auto-generated"
    assert opened.get_content().splitlines()[0] == "raw.weather.temp1 looks converted."
    assert mailbox.envelopes[0].rcpt_tos == ["data@example.com", "on-call@example.com"]


def test_a_name_cannot_add_a_header(mailbox: Mailbox) -> None:
    one = {**alert().incidents[0], "table": "a\nBcc: everyone@example.com"}
    sink(mailbox.port).send(alert(incidents=[one]))
    (found,) = parsed(mailbox)
    assert found["Bcc"] is None
    assert mailbox.envelopes[0].rcpt_tos == ["data@example.com", "on-call@example.com"]


def test_a_long_text_of_another_language_arrives(mailbox: Mailbox) -> None:
    one = {**alert().incidents[0], "sentence": "Zürich – 東京 " + "x" * 1_000_000}
    sink(mailbox.port).send(alert(incidents=[one]))
    (found,) = parsed(mailbox)
    assert found.get_content().startswith("Zürich – 東京 xxx")
    assert len(mailbox.envelopes[0].content or b"") < 20_000


def test_a_server_that_refuses_is_quoted(mailbox: Mailbox) -> None:
    mailbox.refuse = "452 the mailbox is full"
    with pytest.raises(AlertError, match=rf"127\.0\.0\.1:{mailbox.port} answered 452: the mailbox is full"):
        sink(mailbox.port).send(alert())


def test_a_server_without_the_encryption_that_is_asked_for_gets_nothing(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    secret = {"username": "me", "password": {"env": "SMTP_PASSWORD"}}
    with pytest.raises(AlertError, match="SMTPNotSupportedError") as told:
        sink(mailbox.port, encryption="starttls", **secret).send(alert())
    assert PASSWORD not in str(told.value)
    with pytest.raises(AlertError):
        sink(mailbox.port, **secret).send(alert())
    assert mailbox.envelopes == []


def test_a_server_that_is_gone() -> None:
    with mail_server() as gone:
        port = gone.port
    with pytest.raises(AlertError, match="Connection refused"):
        sink(port).send(alert())


def test_what_is_no_address_is_said(mailbox: Mailbox) -> None:
    with pytest.raises(AlertError, match="an address is no address"):
        sink(mailbox.port, to=["data team"]).send(alert())
