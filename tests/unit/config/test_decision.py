"""Settings of the decision that cannot be used."""

from __future__ import annotations

import pytest

from stageprint.config.decision import DecisionSettings, Override
from stageprint.model import Severity, TableKey
from tests.unit.config.shop import assert_one_line


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (
            "stages:\n",
            "decision: {false_findings_per_run: 0}\nstages:\n",
            3,
            "decision.false_findings_per_run: expected a number greater than 0, got 0",
        ),
        (
            "stages:\n",
            "decision: {false_alerts: {one_per: day}}\nstages:\n",
            3,
            "decision.false_alerts.one_per: expected 'week', 'month', 'quarter' or 'year', got 'day'",
        ),
        (
            "stages:\n",
            "decision: {false_alerts: {}}\nstages:\n",
            3,
            "decision.false_alerts: expected either one_per (week, month, quarter or year) or per_run (a number)",
        ),
        (
            "stages:\n",
            "decision: {false_alerts: {per_run: 1}, false_findings_per_run: 1}\nstages:\n",
            3,
            "decision.false_findings_per_run: is deprecated and has no place beside `false_alerts`",
        ),
        (
            "stages:\n",
            "decision: {window: 9, long_window: 3}\nstages:\n",
            3,
            "decision.long_window: expected at least `window` (9), got 3",
        ),
        (
            "stages:\n",
            "decision: {missing: {table: fatal}}\nstages:\n",
            3,
            "decision.missing.table: expected 'critical', 'warning', 'review' or 'off', got 'fatal'",
        ),
    ],
)
def test_a_mistake_is_one_line(old: str, new: str, line: int, said: str) -> None:
    assert_one_line(old, new, line, said)


@pytest.mark.parametrize(
    ("settings", "summary"),
    [
        ({"ignore": True, "floor": 0.1, "statistic": "ks"}, "ignore true, floor 0.1"),
        (
            {"severity_at_most": "review", "false_findings_per_run": 5},
            "severity_at_most review, false_findings_per_run 5",
        ),
    ],
)
def test_the_summary_is_what_an_override_sets(settings: dict[str, object], summary: str) -> None:
    assert Override.model_validate(settings).summary == summary


@pytest.mark.parametrize(
    ("table", "names"), [(None, True), ("raw.orders", True), ("orders", True), ("joined.orders", False), ("raw", False)]
)
def test_a_table_is_named_with_or_without_its_stage(table: str | None, names: bool) -> None:
    assert Override(table=table, ignore=True).names_table(TableKey("raw", "orders")) is names


def test_what_is_missing_has_a_severity() -> None:
    default = DecisionSettings().missing
    assert default.severity("table") is default.severity("stage") is Severity.CRITICAL
    assert default.severity("check") is Severity.WARNING
    # YAML 1.1 reads a bare `off` as false.
    assert DecisionSettings.model_validate({"missing": {"check": False}}).missing.severity("check") is Severity.NONE
