from __future__ import annotations

import pytest

from profiling.model import ColumnKey, Finding, Severity, TableKey
from profiling.outcome import CompareOutcome, ProfileOutcome, Silent, TableOutcome

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
