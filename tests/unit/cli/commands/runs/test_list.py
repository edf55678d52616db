from __future__ import annotations

import json

import pytest

from stageprint import cli
from stageprint.model.run_state import RunState
from tests.support.cli import RUNS, Capture, Fakes, finding


def test_runs_are_listed_with_why_they_are_bad(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.run_states = {"2013-02": RunState.STALE, "2013-03": RunState.NOT_COMPARED}
    for row in fakes.store.run_rows:
        row |= {"ended_at": None, "merged": False}
    assert cli.run(["runs", "list", "-c", config]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0][:4] == ["shop", "·", "3", "runs"]
    titles = ["run", "date", "status", "tables", "failed", "missing", "profiled", "compared", "previous", "bad"]
    assert lines[1] == titles
    assert lines[4] == ["2013-02", "ok", "3", "0", "–", "stale", "2013-01", "test", "data"]
    # The run before is marked as bad: it is not what the next comparison begins with.
    assert lines[5] == ["2013-03", "ok", "3", "0", "–", "not", "compared", "2013-01"]


@pytest.mark.usefixtures("fakes")
def test_json_is_the_rows(config: str, capsys: Capture) -> None:
    assert cli.run(["runs", "list", "-c", config, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["run_id"], row["bad"], row["previous"]) for row in rows] == [
        (RUNS[0], None, None),
        (RUNS[1], "test data", RUNS[0]),
        (RUNS[2], None, RUNS[0]),
    ]


def test_an_empty_store_has_no_list(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.run_rows = []
    assert cli.run(["runs", "list", "-c", config]) == 2
    assert "`stageprint profile` adds runs" in capsys.readouterr().err


def test_the_tables_that_runs_lack_are_counted_and_named(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.run_states = {"2013-01": RunState.NOT_COMPARED}
    fakes.store.finding_rows = [finding(evidence={"tables": ["raw.orders"], "tables_expected": 4})]
    assert cli.run(["runs", "list", "-c", config, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["tables_expected"], row["tables_missing"]) for row in rows] == [
        (None, None),
        (3, []),
        (4, ["raw.orders"]),
    ]


def test_what_was_found_in_sources_is_told_newest_first(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.notes = {run: [f"raw.orders: 2 of {place} rows"] for place, run in enumerate(RUNS)}
    for row in fakes.store.run_rows:
        row |= {"ended_at": None, "merged": False}
    assert cli.run(["runs", "list", "-c", config]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("note: ")]
    assert lines == [f"note: {RUNS[place]} raw.orders: 2 of {place} rows" for place in (2, 1, 0)]
    assert cli.run(["runs", "list", "-c", config, "--format", "json"]) == 0
    assert [row["notes"] for row in json.loads(capsys.readouterr().out)] == list(fakes.store.notes.values())
