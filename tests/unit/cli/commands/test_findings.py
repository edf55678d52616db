from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from stageprint import cli
from stageprint.model import TableKey
from stageprint.model.finding import FINDING_KEYS
from stageprint.model.judged import Judged
from stageprint.model.run_state import RunState
from stageprint.report.learning import learning_lines
from stageprint.report.rows import check_row
from tests.support.cli import Capture, Fakes, checked, finding

NOT_COMPARED, STALE, HALF = RunState.NOT_COMPARED, RunState.STALE, RunState.PROFILE_INTERRUPTED


def test_they_come_worst_first(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.finding_rows = [finding("review"), finding("critical", "2013-02"), finding("warning")]
    assert cli.run(["findings", "-c", config]) == 0
    out = capsys.readouterr().out
    assert out.index("CRITICAL") < out.index("WARNING") < out.index("REVIEW")
    assert out.startswith("shop · runs 2013-01, 2013-02, 2013-03 · store ./observability\n")
    assert out.endswith("3 findings (1 critical, 1 warning, 1 review)\n")


def test_each_says_all_that_is_needed(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.finding_rows = [finding(alternatives=["scale_change"])]
    cli.run(["findings", "-c", config, "--run", "2013-03"])
    assert capsys.readouterr().out.splitlines()[1:5] == [
        "CRITICAL  raw.orders.price  unit change (data)  run 2013-03, since 2013-02  2013-03-",
        "          raw.orders.price is a hundred times what it was.",
        "          explains 1 other shift: joined.orders.price",
        "          could also be: scale change",
    ]


def test_json_is_only_json_with_exactly_the_keys_of_the_interface(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.finding_rows = [finding(baseline="auto", evidence={"factor": float("nan")}, column=None)]
    assert cli.run(["findings", "-c", config, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [list(row) for row in rows] == [list(FINDING_KEYS)]
    assert rows[0]["evidence"] == {"factor": None}
    assert rows[0]["column"] is None


def test_json_of_several_runs(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.finding_rows = [
        finding("warning", "2013-02"),
        finding("critical", "2013-03"),
        finding("review", "2013-01"),
    ]
    cli.run(["findings", "-c", config, "--run", "2013-02", "--run", "2013-03", "--format", "json"])
    assert [row["severity"] for row in json.loads(capsys.readouterr().out)] == ["critical", "warning"]


def test_none_in_json_is_an_empty_list(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.finding_rows = []
    assert cli.run(["findings", "-c", config, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("words", "change", "said"),
    [
        (
            ["--run", "2013-03"],
            None,
            "03 (compared 131 columns of 11 tables with 2 earlier runs: too few to say",
        ),
        (
            ["--run", "2013-02"],
            None,
            "02 (compared 131 columns of 11 tables with 1 earlier run: too few to say",
        ),
        (
            ["--run", "2013-03"],
            "previous",
            "no findings for run 2013-03 (compared 131 columns of 11 tables against previous",
        ),
        ([], None, "no findings for 3 runs (compared 393 columns of 33 tables)"),
    ],
)
def test_none_is_said_plainly(
    words: list[str], change: str | None, said: str, fakes: Fakes, config: str, capsys: Capture
) -> None:
    fakes.store.finding_rows = []
    if change is not None:
        fakes.store.compared_rows["2013-03"]["baseline"] = change
    assert cli.run(["findings", "-c", config, *words]) == 0
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "states", "said", "found"),
    [
        (
            ["--run", "2013-03"],
            {"2013-03": NOT_COMPARED},
            "run 2013-03 has not been compared yet: stageprint compare",
            "",
        ),
        (
            [],
            {"2013-02": NOT_COMPARED, "2013-03": NOT_COMPARED},
            "2 runs (2013-02, 2013-03) have not been compared yet: stageprint compare",
            "no findings for run 2013-01",
        ),
        (["--run", "2013-03"], {"2013-03": STALE}, "run 2013-03 was profiled again after it was compared", ""),
        ([], {"2013-01": STALE, "2013-02": STALE}, "were profiled again after they were compared", "for run 2013-03"),
        (
            ["--run", "2013-03"],
            {"2013-03": HALF},
            "its profiling was stopped: stageprint profile",
            "",
        ),
    ],
)
def test_nothing_is_said_of_what_was_not_looked_at(
    words: list[str],
    states: dict[str, RunState],
    said: str,
    found: str,
    fakes: Fakes,
    config: str,
    capsys: Capture,
) -> None:
    fakes.store.finding_rows = []
    fakes.store.run_states = states
    assert cli.run(["findings", "-c", config, *words]) == 4
    out = capsys.readouterr().out
    assert said in out
    assert found in out
    assert ("no findings" in out) == bool(found)
    assert cli.run(["findings", "-c", config, *words, "--format", "json"]) == 4
    captured = capsys.readouterr()
    assert json.loads(captured.out) == []
    assert said in captured.err


def test_findings_of_a_run_that_is_not_current_come_after_the_warning(
    fakes: Fakes, config: str, capsys: Capture
) -> None:
    fakes.store.run_states = {"2013-03": STALE}
    assert cli.run(["findings", "-c", config, "--run", "2013-03"]) == 4
    out = capsys.readouterr().out
    assert out.index("was profiled again") < out.index("a hundred times")


def test_a_table_that_could_not_be_profiled_again_is_said_first(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.failures = {"2013-03": {TableKey("raw", "orders"): "no such file"}}
    said = "run 2013-03: raw.orders could not be profiled again (no such file); what is said of it is about its earlier"
    assert cli.run(["findings", "-c", config, "--run", "2013-03"]) == 3
    out = capsys.readouterr().out
    assert out.index(said) < out.index("a hundred times")
    assert cli.run(["findings", "-c", config, "--run", "2013-03", "--format", "json"]) == 3
    assert said in capsys.readouterr().err
    assert cli.run(["findings", "-c", config, "--run", "2013-02"]) == 0


def test_an_empty_store_says_what_comes_first(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.run_rows = []
    assert cli.run(["findings", "-c", config]) == 2
    assert capsys.readouterr().err == (
        "store ./observability holds no run of pipeline 'shop' yet; `stageprint profile` adds runs\n"
    )


def test_findings_show_them_beside_and_json_does_not(fakes: Fakes, config: str, capsys: Capture) -> None:
    row = check_row(checked("fail"))
    fakes.store.check_results = [row, row | {"run_id": "2013-02", "observed": "3 nulls"}, row | {"status": "pass"}]
    assert cli.run(["findings", "-c", config]) == 0
    out = capsys.readouterr().out
    assert "check not_null failed  2 runs: 2013-02, 2013-03\n" in out
    assert "found 5 nulls (run 2013-03)\n" in out
    assert out.endswith("1 finding (1 critical); 3 checks (2 failed, 1 passed)\n")
    assert cli.run(["findings", "-c", config, "--format", "json"]) == 0
    assert [row["cause"] for row in json.loads(capsys.readouterr().out)] == ["unit_change"]


def test_checks_without_findings(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.finding_rows = []
    fakes.store.check_results = [check_row(checked("pass"))]
    assert cli.run(["findings", "-c", config, "--run", "2013-03"]) == 0
    out = capsys.readouterr().out
    assert "1 check (1 passed)\n" in out
    assert "no findings for run 2013-03" in out


@pytest.mark.parametrize(
    ("judged", "said", "found"),
    [
        (Judged(6, 0, 0, 6, (0, 6, 0)), "6 of 6 columns are still learning (2 more runs): only fixed rules were", ""),
        (Judged(6, 5, 1, 0, (1, 0, 0)), "1 of 6 columns is still learning (1 more run): ", " in the 5 columns with"),
    ],
)
def test_columns_that_still_learn_stand_first(
    judged: Judged, said: str, found: str, fakes: Fakes, config: str, capsys: Capture
) -> None:
    fakes.store.finding_rows = []
    fakes.store.judged_tables = {"2013-03": {TableKey("raw", "orders"): judged}}
    words = ["findings", "-c", config, "--run", "2013-03"]
    assert cli.run(words) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"run 2013-03: {said}" in out
    assert ("no findings" in out) == bool(found)
    assert f"no findings{found}" in out or not found
    assert cli.run([*words, "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert (json.loads(captured.out), said in captured.err) == ([], True)


def test_of_many_learning_runs_the_newest_and_those_with_the_most_are_named(
    fakes: Fakes, config: str, capsys: Capture
) -> None:
    table = TableKey("raw", "orders")
    judged = [Judged(9, 9 - more, 0, 0, (more, 0, 0)) for more in (2, 0, 5, 9, 1)]
    lines = learning_lines({f"r{place}": Judged.total([one]) for place, one in enumerate(judged)})
    named = [line.partition(":")[0] for line in lines]
    assert named == ["run r2", "run r3", "run r4", "1 more run has columns that are still learning"]
    fakes.store.judged_tables = {"2013-03": {table: Judged(3, 3)}}
    cli.run(["findings", "-c", config])
    assert "learning" not in capsys.readouterr().out


LACKING = {"tables": ["raw.orders", "raw.prices"], "errors": {"raw.prices": "no such folder"}, "tables_expected": 11}
LINE = "2 of 11 tables are missing: raw.orders (not profiled), raw.prices (could not be read)"


def test_what_is_missing_comes_before_anything_else(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.finding_rows = [finding(cause="stage_missing", table=":stage", column=None, evidence=LACKING)]
    assert cli.run(["findings", "-c", config, "--run", "2013-03"]) == 4
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"run 2013-03: {LINE}"
    assert cli.run(["findings", "-c", config, "--run", "2013-03", "--format", "json"]) == 4
    captured = capsys.readouterr()
    assert captured.err == f"run 2013-03: {LINE}\n"
    assert [row["table"] for row in json.loads(captured.out)] == [":stage"]


def test_what_an_old_run_lacks_is_told_and_fails_nothing_today(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.finding_rows = [finding("critical", "2013-02", evidence=LACKING)]
    assert cli.run(["findings", "-c", config]) == 0
    assert f"run 2013-02: {LINE}" in capsys.readouterr().out
    # Its comparison is of another profile: what it lacked then is no longer known.
    fakes.store.run_states = {"2013-02": STALE}
    assert cli.run(["findings", "-c", config]) == 4
    assert LINE not in capsys.readouterr().out


LOOK: dict[str, Any] = {"cause": "near_duplicate_labels", "class": "first look", "explains": []}


def test_the_first_look_stands_at_the_end_of_its_run(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.remarks = [finding("review", run_id="2013-01", sentence="raw.orders.city has labels.", **LOOK)]
    assert cli.run(["findings", "-c", config, "--run", "2013-01"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "first look at tables that run 2013-01 profiled first (told once, never an alert)",
        "  near duplicate labels: raw.orders.city has labels.",
    ]
    # Without --run, of the latest run only.
    assert cli.run(["findings", "-c", config]) == 0
    assert "first look" not in capsys.readouterr().out


def test_json_has_the_first_look_behind_the_findings(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.remarks = [finding("review", run_id="2013-03", **LOOK)]
    assert cli.run(["findings", "-c", config, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["class"] for row in rows] == ["data", "first look"]


def test_junit_has_a_suite_a_run_and_a_failed_test_a_finding(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.finding_rows = [finding("critical", "2013-03"), finding("review", "2013-02")]
    assert cli.run(["findings", "-c", config, "--format", "junit"]) == 0
    suites = ET.fromstring(capsys.readouterr().out)  # noqa: S314 -- our own text
    told = [(suite.get("name"), suite.get("failures"), suite.get("skipped")) for suite in suites]
    assert told[1:] == [("shop 2013-02", "0", "1"), ("shop 2013-03", "1", "0")]


def test_in_junit_a_run_that_was_not_compared_is_an_error(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.run_states = {"2013-03": NOT_COMPARED}
    fakes.store.finding_rows = []
    assert cli.run(["findings", "-c", config, "--run", "2013-03", "--format", "junit"]) == 4
    out, err = capsys.readouterr()
    (suite,) = ET.fromstring(out)  # noqa: S314 -- as above
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1")
    assert "has not been compared" in err
