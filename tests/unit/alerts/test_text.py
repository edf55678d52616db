"""The text of messages, by the built-in template and by others."""

from __future__ import annotations

from pathlib import Path

import pytest

from stageprint.alerts.base import rule_problems
from stageprint.alerts.base_text import MAX_BODY_CHARS, MAX_TITLE_CHARS, TextTemplate
from stageprint.errors import AlertError
from stageprint.model.alert import AlertEvent
from stageprint.model.incident import IncidentStatus
from tests.support.alerts import alert, incident


def test_the_built_in_text_says_what_where_since_when_and_what_to_do() -> None:
    one = {
        **alert().incidents[0],
        "explains": [f"joined.flights.c{n}" for n in range(9)],
        "checks": ["raw.weather.temp1: not_null"],
        "owner": "weather team",
    }
    text = TextTemplate().render(alert(incidents=[one], learning="2 of 9 columns are still learning (1 more run)"))
    assert text.title == "[warning] shop: raw.weather.temp1: unit change (since run 2026-03-01)"
    assert text.body.splitlines() == [
        "raw.weather.temp1 looks converted.",
        "It explains changes in 9 other places: joined.flights.c0, joined.flights.c1, joined.flights.c2, "
        "joined.flights.c3, joined.flights.c4, joined.flights.c5 and 3 more",
        "Checks that fail: raw.weather.temp1: not_null",
        "Owner: weather team",
        "2 of 9 columns are still learning (1 more run)",
        "Look first: Divide some values by those of the same rows upstream or in an older copy: the ratio should be "
        "the factor.",
        "All about it: `stageprint show f1`. Say that you are on it: `stageprint incidents ack 0000000000000001`",
    ]


@pytest.mark.parametrize(
    ("event", "title"),
    [
        (AlertEvent.WORSENED, "[warning] shop: raw.weather.temp1: unit change is warning now (since run 2026-03-01)"),
        (AlertEvent.REOPENED, "[warning] shop: raw.weather.temp1: unit change is there again in run 2026-03-01"),
        (AlertEvent.RESOLVED, "[resolved] shop: raw.weather.temp1: unit change is over (run 2026-03-04)"),
        (AlertEvent.ACCEPTED, "[accepted] shop: raw.weather.temp1: unit change is the new normal (run 2026-03-04)"),
    ],
)
def test_each_event_has_its_title(event: AlertEvent, title: str) -> None:
    over = incident(ended_run="2026-03-04", status=IncidentStatus.RESOLVED) if event.closes else incident()
    assert TextTemplate().render(alert(event, incidents=[{**over.to_object(), "owner": None}])).title == title


def test_many_are_counted_and_the_worst_named() -> None:
    text = TextTemplate().render(alert(count=30))
    assert text.title == "[warning] shop: 30 incidents began in run 2026-03-01"
    lines = text.body.splitlines()
    assert (len(lines), lines[0], lines[-1]) == (
        11,
        "- warning: raw.weather.temp1: unit change",
        "… and 20 more: `stageprint incidents`",
    )


def test_a_template_takes_its_place(tmp_path: Path) -> None:
    file = tmp_path / "message.j2"
    file.write_text("{{ pipeline | upper }} {{ event }}\n{{ incidents[0].sentence }}\n", "utf-8")
    text = TextTemplate(str(file)).render(alert())
    assert (text.title, text.body) == ("SHOP opened", "raw.weather.temp1 looks converted.")


def test_long_texts_are_cut() -> None:
    one = {**alert().incidents[0], "sentence": "x" * 1_000_000, "table": "y" * 1_000}
    text = TextTemplate().render(alert(incidents=[one]))
    assert (len(text.title), len(text.body)) == (MAX_TITLE_CHARS, MAX_BODY_CHARS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ nobody }}", "'nobody' is undefined"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ ''.__class__.__mro__ }}", "unsafe|undefined|SecurityError|access to attribute"),
    ],
)
def test_a_template_that_fails_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "message.j2"
    file.write_text(text, "utf-8")
    with pytest.raises(AlertError, match=said) as told:
        TextTemplate(str(file)).render(alert())
    assert str(file) in str(told.value)


def test_a_template_that_cannot_be_used_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "message.j2"
    file.write_text("title\n{% if %}", "utf-8")
    (wrong,) = rule_problems({"sink": "log", "template": str(file)})
    assert str(wrong).startswith(f"template: template {file}, line 2: ")
    (missing,) = rule_problems({"sink": "log", "template": str(tmp_path / "none.j2")})
    assert "cannot be read: No such file or directory" in str(missing)


def test_what_changed_when_it_began_is_said_while_it_lasts() -> None:
    change = {"kind": "code", "what": "git commit", "before": "a", "now": "b", "text": "git commit a → b"}
    found = [dict(one) | {"changes": [change]} for one in alert().findings]
    said = "Changed at the same time (a coincidence, no proof): git commit a → b."
    assert said in TextTemplate().render(alert(findings=found)).body.splitlines()
    over = TextTemplate().render(alert(AlertEvent.RESOLVED, findings=found))
    assert "git commit" not in over.body
