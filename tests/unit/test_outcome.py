from __future__ import annotations

from typing import Literal

import pytest

from stageprint.model import TABLE_LEVEL, CheckOutcome, ColumnKey, Finding, Severity, TableKey
from stageprint.model.outcomes import CheckRunsOutcome, CompareOutcome, ProfileOutcome, TableOutcome
from stageprint.ports import Silent

GOOD = TableOutcome("2013-05", TableKey("raw", "flights"), "ok", 28_796, 19, 1.4)
BAD = TableOutcome("2013-05", TableKey("raw", "weather"), "failed", None, None, 0.1, "no such file")


def found(severity: Severity) -> Finding:
    origin = ColumnKey("raw", "flights", "dep_delay")
    return Finding("f", "2013-05", severity, "null_spike", "data", origin, "2013-05", (), 1.0, (), {}, "Nulls.")


def test_a_profile_with_a_failed_table_is_status_3() -> None:
    assert ProfileOutcome([GOOD], "s", 1.0).exit_status == 0
    outcome = ProfileOutcome([GOOD, BAD], "s", 1.0)
    assert outcome.exit_status == 3
    assert outcome.failed == [BAD]


@pytest.mark.parametrize(
    ("severities", "failed", "fail_on", "status"),
    [
        ([], [], Severity.CRITICAL, 0),
        ([], [BAD], Severity.CRITICAL, 3),
        ([Severity.CRITICAL], [BAD], Severity.CRITICAL, 1),
        ([Severity.WARNING], [BAD], Severity.CRITICAL, 3),
        ([Severity.WARNING], [], Severity.CRITICAL, 0),
        ([Severity.WARNING], [], Severity.REVIEW, 1),
        ([Severity.CRITICAL], [], None, 0),
        ([Severity.CRITICAL], [BAD], None, 3),
    ],
)
def test_a_comparison_fails_on_what_was_asked(
    severities: list[Severity], failed: list[TableOutcome], fail_on: Severity | None, status: int
) -> None:
    outcome = CompareOutcome([found(severity) for severity in severities], 1, 1, failed, 1.0, "s")
    assert outcome.exit_status(fail_on) == status


def test_critical_is_the_default() -> None:
    assert CompareOutcome([found(Severity.CRITICAL)], 1, 1, [], 1.0, "s").exit_status() == 1
    assert CompareOutcome([found(Severity.WARNING)], 1, 1, [], 1.0, "s").exit_status() == 0


def test_silence(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Silent()
    progress.start(2, "tables")
    progress.advance(GOOD)
    progress.advance("a step")
    progress.close()
    assert capsys.readouterr() == ("", "")


def checked(status: Literal["pass", "fail", "not_computable"], severity: Severity) -> CheckOutcome:
    key = ColumnKey("raw", "flights", TABLE_LEVEL)
    reason = "no event time" if status == "not_computable" else None
    return CheckOutcome("2013-05", key, "freshness", status, severity, "at most 2 d old", "3 d", reason)


@pytest.mark.parametrize(
    ("check", "failed", "fail_on", "status"),
    [
        (checked("fail", Severity.CRITICAL), [], Severity.CRITICAL, 1),
        (checked("fail", Severity.CRITICAL), [BAD], Severity.CRITICAL, 1),
        (checked("fail", Severity.WARNING), [BAD], Severity.CRITICAL, 3),
        (checked("fail", Severity.WARNING), [], Severity.WARNING, 1),
        (checked("fail", Severity.CRITICAL), [], None, 0),
        (checked("not_computable", Severity.CRITICAL), [], Severity.REVIEW, 0),
        (checked("pass", Severity.CRITICAL), [], Severity.REVIEW, 0),
    ],
)
def test_a_failed_check_fails_what_was_asked(
    check: CheckOutcome, failed: list[TableOutcome], fail_on: Severity | None, status: int
) -> None:
    assert CheckRunsOutcome([check], failed, 1.0, "s").exit_status(fail_on) == status
    assert CompareOutcome([], 1, 1, failed, 1.0, "s", checks=[check]).exit_status(fail_on) == status


def test_a_check_tells_its_result_in_one_sentence() -> None:
    said = [
        checked("pass", Severity.CRITICAL).message,
        checked("fail", Severity.CRITICAL).message,
        checked("not_computable", Severity.CRITICAL).message,
    ]
    assert said == [
        "raw.flights passes freshness: expected at most 2 d old, found 3 d.",
        "raw.flights fails freshness: expected at most 2 d old, found 3 d.",
        "raw.flights: freshness is not computable: no event time.",
    ]
