"""``stageprint show``: a table's profile, or a finding in full."""

from __future__ import annotations

import json

import pytest

from stageprint import cli
from tests.support.cli import RUNS, Capture, Fakes, finding, incident

ID = "c0c45046c419938a"


@pytest.fixture
def one_finding(fakes: Fakes) -> Fakes:
    fakes.store.finding_rows = [finding(finding_id=ID, beside=["raw.orders.size"]), finding(finding_id="c0ff" * 4)]
    return fakes


@pytest.mark.usefixtures("fakes")
def test_a_table_is_a_line_a_column(config: str, capsys: Capture) -> None:
    assert cli.run(["show", "raw.orders", "-c", config]) == 0
    out = capsys.readouterr().out
    assert "raw.orders: 5 rows, 1 column" in out
    assert "price" in out


@pytest.mark.usefixtures("one_finding")
def test_a_finding_is_shown_in_full_by_the_beginning_of_its_id(config: str, capsys: Capture) -> None:
    assert cli.run(["show", ID[:6], "-c", config]) == 0
    out = capsys.readouterr().out
    for text in (
        "raw.orders.price is a hundred times what it was.",
        "explains 1 other shift\n  joined.orders.price",
        "moved beside it, with findings of their own\n  raw.orders.size",
        "evidence (confidence 90.0 %)\n  factor: 100",
        "raw.orders.price through the runs",
        "what to look at first\n  1. ",
        "how to mend it\n  ",
        "FROM column_history\nWHERE stage = 'raw' AND table_name = 'orders' AND column_name = 'price'",
        f"stageprint accept {ID}",
    ):
        assert text in out, text
    assert all(run in out for run in RUNS)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("new", "its incident is 3f2a9c0d (new): `stageprint incidents ack 3f2a9c0d` says that somebody is on it\n"),
        ("resolved", "its incident is 3f2a9c0d (resolved)\n"),
    ],
)
def test_the_incident_of_a_finding_is_named_and_what_to_say_of_it(
    fakes: Fakes, config: str, capsys: Capture, status: str, said: str
) -> None:
    fakes.store.finding_rows = [finding(finding_id=ID, incident_id="3f2a9c0d", incident_status=status)]
    assert cli.run(["show", ID, "-c", config]) == 0
    assert capsys.readouterr().out.endswith(said)


@pytest.mark.usefixtures("one_finding")
def test_json_adds_to_the_finding(config: str, capsys: Capture) -> None:
    assert cli.run(["show", ID, "-c", config, "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["finding_id"], found["cause"], found["evidence"]) == (ID, "unit_change", {"factor": 100.0})
    assert found["check"]
    assert found["fix"]
    assert [row["run_id"] for row in found["history"]] == RUNS
    assert [query.split()[0] for query in found["sql"]] == ["SELECT", "SELECT"]


@pytest.mark.usefixtures("one_finding")
def test_a_beginning_that_two_findings_share_is_not_enough(config: str, capsys: Capture) -> None:
    assert cli.run(["show", "c0", "-c", config]) == 2
    capsys.readouterr()
    assert cli.run(["show", "c0c4", "-c", config]) == 0
    capsys.readouterr()
    assert cli.run(["show", "c0ffc0ff", "-c", config]) == 0


def test_several_findings_of_one_beginning_are_named(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.finding_rows = [finding(finding_id="c0c4a" * 3 + "0"), finding(finding_id=ID)]
    assert cli.run(["show", "c0c4", "-c", config]) == 2
    assert "2 findings begin with 'c0c4'" in capsys.readouterr().err


def test_an_incident_is_shown_by_its_latest_finding(fakes: Fakes, config: str, capsys: Capture) -> None:
    first = finding(finding_id="0a" * 8, run_id="2013-02", sentence="as it began.")
    fakes.store.finding_rows = [first, finding(finding_id=ID, sentence="as it is now.")]
    fakes.store.stored_incidents = [incident(finding_ids=(ID,))]
    assert cli.run(["show", "3f2a9c0d", "-c", config]) == 0
    out = capsys.readouterr().out
    assert "as it is now." in out
    assert "as it began." not in out
    fakes.store.stored_incidents = [incident(finding_ids=(), sentence="key_unique fails.")]
    assert cli.run(["show", "3f2a9c0d", "-c", config]) == 2
    said = "incident 3f2a9c0d11223344 (new) has no finding in the store: key_unique fails."
    assert said in capsys.readouterr().err
    fakes.store.stored_incidents *= 2
    assert cli.run(["show", "3f2a", "-c", config]) == 2
    assert "2 incidents begin with '3f2a'" in capsys.readouterr().err


def test_a_finding_about_a_stage_or_table_has_no_column_history(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.finding_rows = [finding(finding_id=ID, column=None, cause="no_such_cause")]
    assert cli.run(["show", ID, "-c", config]) == 0
    out = capsys.readouterr().out
    assert "through the runs" not in out
    assert "FROM table_profiles" in out


@pytest.mark.usefixtures("one_finding")
def test_what_is_neither_is_told_as_a_table(config: str, capsys: Capture) -> None:
    assert cli.run(["show", "ordrs", "-c", config]) == 2
    assert "no table 'ordrs' in pipeline 'shop' – did you mean 'orders'?" in capsys.readouterr().err
