"""The webhook against a server on the loopback: what is posted, tries, limits of time, and no secret in errors."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from stageprint.alerts.webhook import Webhook, WebhookSettings, signature
from stageprint.errors import AlertError
from stageprint.model.alert import AlertEvent
from tests.support.alerts import alert
from tests.support.receivers import Receiver, receiver

SECRET = "s3cr3t-path-of-a-hook"  # noqa: S105 -- no secret


def webhook(url: str, **settings: Any) -> Webhook:
    return Webhook(WebhookSettings.model_validate({"url": url, **settings}))


def test_an_alert_is_one_object(web: Receiver) -> None:
    webhook(f"{web.url}/in").send(alert())
    (found,) = web.posted
    assert found.path == "/in"
    assert found.headers["content-type"] == "application/json; charset=utf-8"
    assert found.json["event"] == "opened"
    assert found.json["title"] == "[warning] shop: raw.weather.temp1: unit change (since run 2026-03-01)"
    assert found.json["incidents"][0]["incident_id"] == found.json["key"]
    assert "x-stageprint-signature" not in found.headers


def test_it_is_signed(web: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_SECRET", "key")
    webhook(web.url, secret={"env": "ALERT_SECRET"}).send(alert())
    (found,) = web.posted
    moment = found.headers["x-stageprint-timestamp"]
    assert abs(int(moment) - time.time()) < 60
    assert found.headers["x-stageprint-signature"] == signature("key", moment, found.body)
    assert signature("key", moment, found.body + b" ") != signature("key", moment, found.body)


def test_the_signature_is_the_documented_one() -> None:
    # printf '1700000000.{}' | openssl dgst -sha256 -hmac key
    assert signature("key", "1700000000", b"{}").startswith("sha256=")
    assert len(signature("key", "1700000000", b"{}")) == len("sha256=") + 64


def test_a_busy_server_is_asked_again_with_the_same_key(web: Receiver) -> None:
    web.answers = [429, 500, (503, "0")]
    webhook(web.url).send(alert())
    assert len(web.posted) == 4
    assert len({one.headers["idempotency-key"] for one in web.posted}) == 1
    assert len({one.body for one in web.posted}) == 1


@pytest.mark.parametrize(
    ("answers", "said", "tries"),
    [
        ([500] * 9, r"answered 500: refused \*\*\* \(tried 4 times\)", 4),
        ([429, (429, "3600"), 429], r"answered 429: refused \*\*\* \(tried 2 times\)", 2),
        ([404], r"answered 404: refused \*\*\*$", 1),
        ([302], r"answered 302: refused \*\*\*$", 1),
        (["slow"] * 9, "no answer within", 2),
    ],
    ids=["broken", "far too busy", "unknown", "elsewhere", "slow"],
)
def test_what_does_not_arrive_is_said_without_the_address(
    web: Receiver, answers: list[int | str | tuple[int, str]], said: str, tries: int
) -> None:
    web.answers = answers
    started = time.monotonic()
    with pytest.raises(AlertError, match=said) as told:
        webhook(f"{web.url}/{SECRET}").send(alert())
    assert time.monotonic() - started < 5
    assert len(web.posted) >= tries
    assert SECRET not in str(told.value)
    assert str(told.value).startswith(web.url)


def test_a_server_that_is_gone() -> None:
    with receiver() as gone:
        url = gone.url
    with pytest.raises(AlertError, match="cannot be reached: Connection refused"):
        webhook(url).send(alert())


def test_an_address_may_be_a_secret(web: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "url"
    file.write_text(f"{web.url}/{SECRET}\n", "utf-8")
    Webhook(WebhookSettings.model_validate({"url": {"file": str(file)}})).send(alert())
    assert web.posted[0].path == f"/{SECRET}"
    monkeypatch.delenv("NOWHERE", raising=False)
    with pytest.raises(AlertError, match="the secret in environment variable NOWHERE is missing: set it where"):
        Webhook(WebhookSettings.model_validate({"url": {"env": "NOWHERE"}})).send(alert())
    with pytest.raises(AlertError, match=r"the secret in file .*none cannot be read: No such file or directory"):
        Webhook(WebhookSettings.model_validate({"url": {"file": str(tmp_path / "none")}})).send(alert())


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/", "not an address", "http://"])
def test_only_web_servers_are_asked(url: str) -> None:
    with pytest.raises(AlertError, match="the address of the sink is no http or https address"):
        webhook(url).send(alert())


def test_a_test_says_that_it_is_one(web: Receiver) -> None:
    webhook(web.url).send(alert(AlertEvent.TEST))
    assert web.posted[0].json["title"] == "Test of stageprint's alerts (shop)"
