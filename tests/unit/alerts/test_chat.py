"""Slack, Teams and PagerDuty against a server on the loopback."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from stageprint.alerts.pagerduty import PagerDuty, PagerDutySettings
from stageprint.alerts.slack import Slack, SlackSettings
from stageprint.alerts.teams import Teams, TeamsSettings
from stageprint.errors import AlertError
from stageprint.model.alert import AlertEvent
from tests.support.alerts import alert
from tests.support.receivers import Receiver

TOKEN = "xoxb-not-to-be-shown"  # noqa: S105 -- no secret


@pytest.fixture(autouse=True)
def secrets(web: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", f"{web.url}/services/T/B/hook")
    monkeypatch.setenv("TOKEN", TOKEN)


def bot(web: Receiver) -> Slack:
    settings = {"token": {"env": "TOKEN"}, "channel": "#data", "api_url": f"{web.url}/api"}
    return Slack(SlackSettings.model_validate(settings))


def test_a_bot_writes_then_changes_its_message_and_answers_in_its_thread(web: Receiver) -> None:
    first = bot(web).send(alert())
    assert first == '{"channel": "C1", "ts": "1700000000.000100"}'
    assert bot(web).send(alert(AlertEvent.RESOLVED, reference=first)) == first
    assert [one.path for one in web.posted] == ["/api/chat.postMessage", "/api/chat.update", "/api/chat.postMessage"]
    opened, changed, answered = (one.json for one in web.posted)
    assert opened["channel"] == "#data"
    assert opened["text"].startswith("[warning] shop: raw.weather.temp1: unit change")
    assert (changed["channel"], changed["ts"]) == ("C1", "1700000000.000100")
    assert changed["text"].startswith("[resolved] shop: raw.weather.temp1: unit change is over")
    assert answered["thread_ts"] == "1700000000.000100"
    assert {one.headers["authorization"] for one in web.posted} == {f"Bearer {TOKEN}"}


def test_slack_says_200_and_means_no(web: Receiver) -> None:
    web.reply = b'{"ok": false, "error": "not_in_channel"}'
    with pytest.raises(AlertError, match=r"chat\.postMessage was refused: not_in_channel") as told:
        bot(web).send(alert())
    assert TOKEN not in str(told.value)
    web.reply = b"<html>"
    with pytest.raises(AlertError, match="an answer that is no JSON"):
        bot(web).send(alert())


def test_a_webhook_writes_a_message_for_each_event(web: Receiver) -> None:
    sink = Slack(SlackSettings.model_validate({"url": {"env": "HOOK"}}))
    assert sink.send(alert()) is None
    assert sink.send(alert(AlertEvent.WORSENED)) is None
    assert [one.path for one in web.posted] == ["/services/T/B/hook"] * 2


def test_names_and_values_are_no_mentions(web: Receiver) -> None:
    one = {**alert().incidents[0], "sentence": "<!channel> & <https://evil.example|click>"}
    bot(web).send(alert(incidents=[one]))
    text = json.dumps(web.posted[0].json)
    assert "<!channel>" not in text
    assert "&lt;!channel&gt; &amp; &lt;https" in text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "expected either url, of an incoming webhook, or token, of a bot"),
        ({"token": {"env": "A"}}, "expected token and channel together"),
        ({"url": {"env": "A"}, "channel": "#a"}, "expected token and channel together"),
        ({"url": "https://hooks.slack.com/services/T/B/secret"}, "expected where the secret is"),
        ({"url": {"env": "A", "file": "b"}}, "expected where the secret is"),
    ],
)
def test_slack_is_told_one_way(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        SlackSettings.model_validate(settings)


def test_teams_gets_a_card(web: Receiver) -> None:
    one = {**alert().incidents[0], "sentence": "[click](https://evil.example) *now*"}
    Teams(TeamsSettings.model_validate({"url": {"env": "HOOK"}})).send(alert(incidents=[one]))
    (attachment,) = web.posted[0].json["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    title, sentence, *_ = attachment["content"]["body"]
    assert (title["weight"], title["color"]) == ("Bolder", "Warning")
    assert sentence["text"] == r"\[click\]\(https://evil.example\) \*now\*"


def pagerduty(web: Receiver) -> PagerDuty:
    settings = {"routing_key": {"env": "TOKEN"}, "url": f"{web.url}/v2/enqueue"}
    return PagerDuty(PagerDutySettings.model_validate(settings))


def test_pagerduty_triggers_and_resolves_under_one_key(web: Receiver) -> None:
    for name in ("opened", "worsened", "resolved", "reopened", "accepted"):
        pagerduty(web).send(alert(AlertEvent(name)))
    found = [one.json for one in web.posted]
    assert [one["event_action"] for one in found] == ["trigger", "trigger", "resolve", "trigger", "resolve"]
    assert {one["dedup_key"] for one in found} == {alert().key}
    assert {one["routing_key"] for one in found} == {TOKEN}
    payload = found[0]["payload"]
    assert (payload["severity"], payload["source"], payload["component"]) == ("warning", "shop", "raw.weather")


def test_a_test_of_pagerduty_leaves_nothing_open(web: Receiver) -> None:
    pagerduty(web).send(alert(AlertEvent.TEST))
    assert [one.json["event_action"] for one in web.posted] == ["trigger", "resolve"]


def test_a_value_of_a_million_characters_is_cut_everywhere(web: Receiver) -> None:
    one = {**alert().incidents[0], "sentence": "x" * 1_000_000, "explains": [f"a.b.c{n}" for n in range(5000)]}
    for sink in (bot(web), pagerduty(web), Teams(TeamsSettings.model_validate({"url": {"env": "HOOK"}}))):
        sink.send(alert(incidents=[one]))
    assert max(len(one.body) for one in web.posted) < 20_000
    assert web.posted[1].json["payload"]["custom_details"]["text"].endswith("xxx…")
