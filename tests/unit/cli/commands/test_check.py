from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from stageprint import cli
from stageprint.model import Severity
from stageprint.model.outcomes import CheckRunsOutcome
from stageprint.report.json_output import CHECK_KEYS
from tests.support.cli import CONFIG, RUNS, Capture, Fakes, checked, table_outcome


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "shop.yml"
    file.write_text(CONFIG.replace('orders.csv"}}', 'orders.csv"}, checks: [not_null: price]}'), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("severity", "words", "status"),
    [
        (Severity.CRITICAL, [], 1),
        (Severity.WARNING, [], 0),
        (Severity.WARNING, ["--fail-on", "warning"], 1),
        (Severity.CRITICAL, ["--fail-on", "never"], 0),
    ],
)
def test_the_status_follows_fail_on(
    severity: Severity, words: list[str], status: int, fakes: Fakes, config: str
) -> None:
    fakes.checked = CheckRunsOutcome([checked("pass"), checked("fail", severity)], [], 1.0, "s")
    assert cli.run(["check", "-c", config, "--run", "2013-03", *words]) == status


def test_what_cannot_be_computed_has_not_failed(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.checked = CheckRunsOutcome([checked("not_computable")], [table_outcome("2013-03", "gone")], 1.0, "s")
    assert cli.run(["check", "-c", config, "--run", "2013-03"]) == 3
    out = capsys.readouterr().out
    assert "not computable: 2013-03 raw.orders.price: not_null is not computable: no values." in out
    assert out.endswith("1 check (1 not computable) in 1.0 s; 1 table failed\n")


def test_a_failure_says_where_what_and_in_which_run(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.checked = CheckRunsOutcome([checked("pass"), checked("fail")], [], 2.0, "s")
    cli.run(["check", "-c", config, "--run", "2013-03"])
    out = capsys.readouterr().out
    assert "CRITICAL  raw.orders.price  check not_null failed  run 2013-03\n" in out
    assert "          expected no null, found 5 nulls\n" in out
    assert out.endswith("2 checks (1 failed, 1 passed) in 2.0 s\n")


def test_options_are_handed_on(fakes: Fakes, config: str) -> None:
    assert cli.run(["check", "-c", config, "--all-runs", "--stage", "raw", "--table", "orders"]) == 0
    assert fakes.calls == [("check", (RUNS, ("raw",), ("orders",)))]


def test_json_has_exactly_the_keys_of_the_interface(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.checked = CheckRunsOutcome([checked("fail")], [], 2.0, "s")
    assert cli.run(["check", "-c", config, "--run", "2013-03", "--format", "json"]) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert tuple(row) == CHECK_KEYS
    assert row["message"] == "raw.orders.price fails not_null: expected no null, found 5 nulls."


def test_without_a_check_there_is_nothing_to_do(config: str, capsys: Capture) -> None:
    assert cli.run(["check", "-c", config, "--run", "2013-03", "--stage", "joined"]) == 2
    assert "no check is declared for joined.orders; `stageprint suggest` proposes checks" in capsys.readouterr().err


def test_junit_has_the_checks_alone(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.checked = CheckRunsOutcome([checked("pass"), checked("fail")], [], 2.0, "./observability")
    assert cli.run(["check", "-c", config, "--run", "2013-03", "--format", "junit"]) == 1
    (suite,) = ET.fromstring(capsys.readouterr().out)  # noqa: S314 -- our own text
    assert [suite.get(name) for name in ("name", "tests", "failures", "errors")] == ["shop 2013-03", "2", "1", "0"]
