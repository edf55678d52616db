from __future__ import annotations

import dataclasses
import json

import pytest

from stageprint import cli
from stageprint.model.incident import INCIDENT_KEYS, Closing
from stageprint.model.run_state import RunState
from tests.support.cli import MOMENT, Capture, Fakes, incident

RESOLVED = incident(
    "resolved", incident_id="aa", opened_run="2013-01", last_run="2013-02", runs_seen=2, ended_run="2013-03",
    closed_by=Closing.HEALED, closed_at=MOMENT, times_before=1,
)  # fmt: skip


def unwrapped(capsys: Capture) -> str:
    """Return what was printed, in one line with single blanks."""
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("words", [[], ["list"]])
def test_open_incidents_come_first_since_when_and_how_often(
    fakes: Fakes, config: str, capsys: Capture, words: list[str]
) -> None:
    ongoing = incident("ongoing", opened_run="2013-01", runs_seen=3, acknowledged_at=MOMENT, acknowledged_why="on it")
    sent = {"to": "slack", "event": "opened", "at": MOMENT}
    fakes.store.stored_incidents = [dataclasses.replace(ongoing, notified=(sent,)), RESOLVED]
    assert cli.run(["incidents", *words, "-c", config]) == 0
    out = unwrapped(capsys)
    assert "CRITICAL raw.orders.price unit change (data) 3f2a9c0d11223344 " in out
    assert "ongoing since run 2013-01, last in 2013-03; seen in 3 runs " in out
    assert "acknowledged 2026-03-02 04:30: on it " in out
    assert "opened: told slack 2026-03-02 04:30 " in out
    assert "resolved: it was there from run 2013-01 to 2013-02; run 2013-03 did not have it any more" in out
    assert "the same was there 1 time before" in out
    assert out.index("CRITICAL") < out.index("RESOLVED")
    assert out.endswith("1 open incident, 1 closed")


@pytest.mark.parametrize(
    ("closed_by", "said"),
    [
        (Closing.NEW_LEVEL, "its state is what runs are compared with from 2013-03 on, after 2 runs that had it"),
        (Closing.EVENT, "told once: what is new is what runs are compared with from 2013-03 on"),
        (Closing.PERSON, "new price list"),
    ],
)
def test_how_it_was_accepted_is_said(fakes: Fakes, config: str, capsys: Capture, closed_by: Closing, said: str) -> None:
    closed = dataclasses.replace(RESOLVED, closed_by=closed_by, why="new price list", times_before=0)
    fakes.store.stored_incidents = [closed]
    assert cli.run(["incidents", "-c", config]) == 0
    assert f"from run 2013-01 to 2013-02; {said} " in unwrapped(capsys)


def test_what_was_not_looked_at_comes_before_that_there_is_none(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.stored_incidents = []
    fakes.store.run_states = {"2013-02": RunState.STALE}
    assert cli.run(["incidents", "-c", config]) == 0
    out = unwrapped(capsys)
    assert "run 2013-02 was profiled again after it was compared: stageprint compare" in out
    assert out.endswith("no incidents are known")
    fakes.store.run_states = {}
    fakes.store.finding_rows = []
    assert cli.run(["incidents", "-c", config]) == 0
    assert unwrapped(capsys).endswith("no incidents: no compared run has a finding or a failed check")


def test_findings_of_a_release_without_incidents_are_no_all_clear(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.stored_incidents = []
    fakes.store.finding_rows = [{**row, "incident_id": None} for row in fakes.store.finding_rows]
    assert cli.run(["incidents", "-c", config]) == 0
    said = "run 2013-03 was compared by a release that kept no incidents, and has findings: stageprint compare"
    assert said in unwrapped(capsys)


@pytest.mark.usefixtures("fakes")
def test_json_has_every_key(config: str, capsys: Capture) -> None:
    assert cli.run(["incidents", "-c", config, "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert tuple(row) == INCIDENT_KEYS
    assert (row["incident_id"], row["status"], row["column"], row["opened_at"]) == (
        "3f2a9c0d11223344",
        "new",
        "price",
        "2026-03-02T04:30:00+00:00",
    )


@pytest.mark.parametrize(
    ("words", "said", "shown"),
    [
        (["ack", "3f2a", "--why", "on it"], ("ack", "3f2a", "on it"), "is acknowledged: on it"),
        (["ack", "3f2a"], ("ack", "3f2a", None), "is acknowledged"),
        (["resolve", "3f2a", "--why", "reloaded"], ("resolve", "3f2a", "reloaded"), "is resolved: reloaded"),
        (["accept", "3f2a", "--why", "new"], ("accept", "3f2a", "new"), "is accepted: new"),
    ],
)
def test_people_say_how_it_stands(
    fakes: Fakes, config: str, capsys: Capture, words: list[str], said: tuple[str, str, str | None], shown: str
) -> None:
    assert cli.run(["incidents", *words, "-c", config]) == 0
    assert fakes.desk.said == [said]
    assert f"incident 3f2a9c0d11223344 (raw.orders.price) {shown}\n" in capsys.readouterr().out


@pytest.mark.usefixtures("fakes")
@pytest.mark.parametrize("name", ["accept", "resolve"])
def test_a_reason_is_needed(config: str, capsys: Capture, name: str) -> None:
    assert cli.run(["incidents", name, "3f2a", "-c", config]) == 2
    assert "Missing option '--why'" in capsys.readouterr().err


def test_the_group_has_a_help_page_of_its_own(capsys: Capture) -> None:
    assert cli.run(["incidents", "--help"]) == 0
    assert "resolve" in capsys.readouterr().out
