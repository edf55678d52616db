from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from stageprint import cli
from stageprint.model import Coverage, Severity, TableKey
from stageprint.model.finding import FINDING_KEYS
from stageprint.model.judged import Judged
from stageprint.model.outcomes import CompareOutcome
from tests.support.cli import CONFIG, RUNS, Capture, Fakes, checked, finding, found, table_outcome


@pytest.mark.parametrize(
    ("severity", "words", "status"),
    [
        (None, [], 0),
        (Severity.CRITICAL, [], 1),
        (Severity.WARNING, [], 0),
        (Severity.WARNING, ["--fail-on", "warning"], 1),
        (Severity.REVIEW, ["--fail-on", "warning"], 0),
        (Severity.REVIEW, ["--fail-on", "review"], 1),
        (Severity.CRITICAL, ["--fail-on", "never"], 0),
    ],
)
def test_the_status_follows_fail_on(
    severity: Severity | None, words: list[str], status: int, fakes: Fakes, config: str
) -> None:
    fakes.found = CompareOutcome([found(severity)] if severity else [], 9, 131, [], 1.0, "s")
    assert cli.run(["compare", "-c", config, "--run", "2013-03", *words]) == status


def test_the_configuration_sets_the_default(fakes: Fakes, config: str) -> None:
    fakes.found = CompareOutcome([found(Severity.WARNING)], 9, 131, [], 1.0, "s")
    Path(config).write_text(CONFIG + "decision: {fail_on: warning}\n", encoding="utf-8")
    assert cli.run(["compare", "-c", config, "--run", "2013-03"]) == 1
    Path(config).write_text(CONFIG + "decision: {fail_on: never}\n", encoding="utf-8")
    assert cli.run(["compare", "-c", config, "--run", "2013-03"]) == 0


def test_a_failed_table_is_status_3_unless_there_is_a_finding(fakes: Fakes, config: str) -> None:
    fakes.found = CompareOutcome([], 9, 131, [table_outcome("2013-03", "unreadable")], 1.0, "s")
    assert cli.run(["compare", "-c", config, "--run", "2013-03"]) == 3
    fakes.found = CompareOutcome([found(Severity.CRITICAL)], 9, 131, [table_outcome("2013-03", "unreadable")], 1.0, "s")
    assert cli.run(["compare", "-c", config, "--run", "2013-03"]) == 1


@pytest.mark.parametrize("baseline", ["auto", "previous", "run:2013-01", "window:7", "stage:raw"])
def test_baselines_are_handed_on(baseline: str, fakes: Fakes, config: str) -> None:
    assert cli.run(["compare", "-c", config, "--all-runs", "--baseline", baseline]) == 0
    assert fakes.calls == [("compare", (RUNS, baseline))]


def test_findings_and_notes_are_printed(fakes: Fakes, config: str, capsys: Capture) -> None:
    notes = ["run 2013-01 has no earlier run to compare with"]
    fakes.found = CompareOutcome([found(Severity.CRITICAL)], 9, 131, [], 2.0, "./observability", notes)
    cli.run(["compare", "-c", config, "--run", "2013-03"])
    out = capsys.readouterr().out
    assert "CRITICAL  raw.orders.price  unit change (data)  run 2013-03, new in this run" in out
    assert "note: run 2013-01 has no earlier run to compare with" in out
    assert out.endswith("compared 131 columns in 2.0 s: 1 finding (1 critical)\n")


def test_compare_counts_failed_checks(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.found = CompareOutcome([], 12, 131, [], 2.0, "s", checks=[checked("fail"), checked("pass")])
    assert cli.run(["compare", "-c", config, "--run", "2013-03"]) == 1
    out = capsys.readouterr().out
    assert "check not_null failed" in out
    assert out.endswith("compared 131 columns in 2.0 s: no findings; 2 checks (1 failed, 1 passed)\n")


def test_columns_that_still_learn_stand_first_and_are_never_free_of_findings(
    fakes: Fakes, config: str, capsys: Capture
) -> None:
    orders = TableKey("raw", "orders")
    judged = [Judged(6, more_runs=(0, 0, 6)), Judged(6, 4, 2, 0, (1, 1, 0)), Judged(6, 6)]
    outcomes = []
    for one in judged:
        coverage = {"2013-03": Coverage((orders,), judged={orders: one})}
        fakes.found = CompareOutcome([], 9, 6, [], 2.0, "s", coverage=coverage)
        assert cli.run(["compare", "-c", config, "--run", "2013-03"]) == 0
        outcomes.append(capsys.readouterr().out.splitlines()[1:])
    assert outcomes == [
        [
            "run 2013-03: 6 of 6 columns are still learning (3 more runs): they were not judged",
            "compared 6 columns of 1 table in 2.0 s: no column has enough earlier runs to be judged yet",
        ],
        [
            "run 2013-03: 2 of 6 columns are still learning (1 to 2 more runs): "
            "only fixed rules and shifts that need no history were looked for in them",
            "compared 6 columns of 1 table in 2.0 s: no findings in the 4 columns with enough earlier runs",
        ],
        ["compared 6 columns of 1 table in 2.0 s: no findings"],
    ]


def test_what_is_missing_stands_first_and_what_was_compared_last(fakes: Fakes, config: str, capsys: Capture) -> None:
    orders, prices, sales = (TableKey("raw", name) for name in ("orders", "prices", "sales"))
    coverage = Coverage((orders, prices, sales), {prices: "gone"}, (orders,), learning=(sales,))
    fakes.found = CompareOutcome([found(Severity.CRITICAL)], 9, 131, [], 2.0, "s", coverage={"2013-03": coverage})
    assert cli.run(["compare", "-c", config, "--run", "2013-03"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == (
        "run 2013-03: 2 of 3 tables are missing: raw.orders (not profiled), raw.prices (could not be read)"
    )
    assert lines[-1] == "compared 131 columns of 1 of 3 tables (1 learning) in 2.0 s: 1 finding (1 critical)"
    fakes.found = CompareOutcome([], 9, 131, [], 2.0, "s", coverage={"2013-03": Coverage((orders, prices))})
    cli.run(["compare", "-c", config, "--run", "2013-03"])
    assert capsys.readouterr().out.splitlines()[1:] == ["compared 131 columns of 2 tables in 2.0 s: no findings"]


def test_json_is_the_findings_and_notes_go_to_stderr(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.found = CompareOutcome([found(Severity.CRITICAL)], 9, 131, [], 2.0, "s", ["no earlier run"])
    assert cli.run(["compare", "-c", config, "--run", "2013-03", "--format", "json"]) == 1
    out, err = capsys.readouterr()
    (row,) = json.loads(out)
    assert (list(row), row["severity"]) == (list(FINDING_KEYS), "critical")
    assert "note: no earlier run" in err


def test_junit_fails_what_the_exit_status_fails(fakes: Fakes, config: str, capsys: Capture) -> None:
    for words, failures in (([], "0"), (["--fail-on", "warning"], "1")):
        fakes.found = CompareOutcome([found(Severity.WARNING)], 9, 131, [], 2.0, "s")
        fakes.store.finding_rows = [finding("warning", "2013-03")]
        status = cli.run(["compare", "-c", config, "--run", "2013-03", "--format", "junit", *words])
        (suite,) = ET.fromstring(capsys.readouterr().out)  # noqa: S314 -- our own text
        assert (status, suite.get("failures")) == (int(failures), failures)
