from __future__ import annotations

import json

import pytest

from stageprint import cli
from stageprint.model import TableKey
from stageprint.model.judged import Judged
from stageprint.model.run_state import RunState
from tests.support.cli import RUNS, Capture, Fakes, finding


def test_runs_are_listed_with_why_they_are_bad(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.run_states = {"2013-02": RunState.STALE, "2013-03": RunState.NOT_COMPARED}
    for row in fakes.store.run_rows:
        row |= {"ended_at": None, "merged": False}
    assert cli.run(["runs", "list", "-c", config]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0][:4] == ["shop", "·", "3", "runs"]
    titles = "run date status tables failed missing profiled compared learning previous bad"
    assert lines[1] == titles.split()
    assert lines[4] == ["2013-02", "ok", "3", "0", "–", "stale", "–", "2013-01", "test", "data"]
    # The run before is marked as bad: it is not what the next comparison begins with.
    assert lines[5] == ["2013-03", "ok", "3", "0", "–", "not", "compared", "–", "2013-01"]


def test_the_columns_that_still_learn_are_counted(fakes: Fakes, config: str, capsys: Capture) -> None:
    orders, sales = TableKey("raw", "orders"), TableKey("raw", "sales")
    learning = {orders: Judged(4, 1, 2, 1, (3, 0, 0)), sales: Judged(2, 2)}
    fakes.store.judged_tables = {"2013-02": learning, "2013-03": learning}
    fakes.store.run_states = {"2013-02": RunState.STALE}
    for row in fakes.store.run_rows:
        row |= {"ended_at": None, "merged": False}
    assert cli.run(["runs", "list", "-c", config]) == 0
    assert [line.split()[5:9] for line in capsys.readouterr().out.splitlines()[-2:]] == [
        ["stale", "–", "2013-01", "test"],
        ["critical", "3", "of", "6"],
    ]
    assert cli.run(["runs", "list", "-c", config, "--format", "json"]) == 0
    unknown, stale, known = (row["learning"] for row in json.loads(capsys.readouterr().out))
    assert (unknown, stale) == (None, None)
    assert (known["columns"], known["judged"], known["learning"], known["more_runs"]) == (6, 3, 3, [3, 0, 0])
    assert known["tables"]["raw.orders"]["sentence"] == "3 of 4 columns are still learning (1 more run)"


@pytest.mark.usefixtures("fakes")
def test_json_is_the_rows(config: str, capsys: Capture) -> None:
    assert cli.run(["runs", "list", "-c", config, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["run_id"], row["bad"], row["previous"]) for row in rows] == [
        (RUNS[0], None, None),
        (RUNS[1], "test data", RUNS[0]),
        (RUNS[2], None, RUNS[0]),
    ]
    assert [row["severity"] for row in rows] == ["none", "none", "critical"]


def test_the_worst_severity_of_a_run_is_known_only_where_it_is_compared(
    fakes: Fakes, config: str, capsys: Capture
) -> None:
    fakes.store.run_states = {"2013-02": RunState.STALE}
    fakes.store.finding_rows = [finding(), finding("warning"), finding("warning", "2013-01")]
    assert cli.run(["runs", "list", "-c", config, "--format", "json"]) == 0
    assert [row["severity"] for row in json.loads(capsys.readouterr().out)] == ["warning", None, "critical"]


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
