"""What orchestrators are told of a run: plain JSON, the worst severity, and what is about one table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stageprint import load_config, open_results, profile_runs
from stageprint.integrations.judged_run import JudgedRun, compare_run, judged_run
from stageprint.model import ColumnKey, Coverage, Severity, TableKey
from stageprint.model.judged import Judged
from stageprint.model.outcomes import CompareOutcome, TableOutcome
from tests.support import shop
from tests.support.cli import checked, found


def outcome(**more: Any) -> CompareOutcome:
    return CompareOutcome([found(Severity.WARNING)], 9, 131, [], 1.0, "s", **more)


def test_a_run_is_plain_json_and_fails_from_the_severity_on() -> None:
    coverage = {"2013-03": Coverage(judged={TableKey("raw", "new"): Judged(2, 0, 0, 0, (0, 0, 2))})}
    judged = judged_run("shop", "2013-03", outcome(checks=[checked("fail")], coverage=coverage), Severity.CRITICAL)
    assert json.loads(json.dumps(judged.to_object())) == judged.to_object()
    assert (judged.worst_severity, judged.fails) == ("critical", True)
    assert judged.sentence == (
        "run 2013-03: 1 finding, 1 failed check, 1 table still learning; first: raw.orders.price: unit change"
    )
    assert judged.learning["raw.new"].startswith("2 of 2 columns are still learning")


@pytest.mark.parametrize(("fail_on", "fails"), [(Severity.CRITICAL, False), (Severity.WARNING, True), (None, False)])
def test_what_fails_follows_the_severity(fail_on: Severity | None, fails: bool) -> None:
    assert judged_run("shop", "2013-03", outcome(), fail_on).fails is fails


def test_other_runs_and_checks_that_passed_are_left_out() -> None:
    failed = TableOutcome("2013-03", TableKey("raw", "gone"), "failed", None, None, 0.0, "no file")
    result = CompareOutcome([found(Severity.WARNING)], 9, 1, [failed], 1.0, "s", checks=[checked("pass")])
    judged = judged_run("shop", "2013-03", result, None)
    assert (judged.failed_tables, judged.failed_checks) == ({"raw.gone": "no file"}, [])
    other = judged_run("shop", "2013-02", result, None)
    assert (other.findings, other.failed_tables, other.sentence) == ([], {}, "run 2013-02: no findings")


def row(table: str, **more: Any) -> dict[str, Any]:
    return {"stage": "raw", "table": table, "column": "price", "severity": "warning", "sentence": f"{table} moved.",
            "cause": "offset", "explains": [], **more}  # fmt: skip


def test_a_table_has_what_began_in_it_and_is_told_what_came_from_elsewhere() -> None:
    explains = ["features.orders.price", "features.orders_too.price"]
    run = JudgedRun("shop", "1", [row("orders", explains=explains)], [], {}, {}, Severity.WARNING)
    assert [one["table"] for one in run.of_table("raw.orders").findings] == ["orders"]
    assert run.of_table("features.orders").findings == []
    assert run.passed_on_to("features.orders") == ["orders moved."]
    assert run.passed_on_to("features.order") == []
    assert run.passed_on_to("raw.orders") == []


def test_a_run_is_compared_as_the_command_does(tmp_path: Path) -> None:
    days = shop.days(4)
    shop.write(tmp_path, days, {(days[3], "raw"): shop.in_cents})
    file = tmp_path / "shop.yml"
    file.write_text(shop.yaml(tmp_path), encoding="utf-8")
    profile_runs(load_config(file), days)
    judged = compare_run(file, days[3], fail_on="review")
    assert judged.fails
    first = judged.findings[0]
    assert ColumnKey(first["stage"], first["table"], first["column"]) == ColumnKey("raw", "orders", "price")
    stored = open_results(load_config(file)).findings(days[3])
    assert [one["finding_id"] for one in stored] == [one["finding_id"] for one in judged.findings]
    assert compare_run(file, days[3], fail_on="never").fails is False
