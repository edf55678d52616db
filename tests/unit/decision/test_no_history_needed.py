"""Rules, pinned runs and upstream stages, which are decided without a history."""

from __future__ import annotations

from typing import Any

import pytest

from stageprint.decision import decide, previous_of
from stageprint.model import Severity
from tests.unit.decision.runs import OTHER, SETTINGS, Store, columns, decided, row, table


@pytest.mark.parametrize(
    ("statistic", "value", "severity"),
    [
        ("never_null", 0.0, Severity.NONE),
        ("never_null", 0.2, Severity.WARNING),
        ("never_null", 1.5, Severity.CRITICAL),
        ("all_null", 1.0, Severity.CRITICAL),
        ("type_changed", 0.25, Severity.WARNING),
        ("schema_added", 3.0, Severity.REVIEW),
        ("frozen", 1.0, Severity.WARNING),
    ],
)
def test_rules_need_no_history(statistic: str, value: float, severity: Severity) -> None:
    record = decided([row(value, statistic=statistic, reference="long", detail="x")])["fare", statistic]
    assert record.severity is severity
    assert record.deterministic is (severity is not Severity.NONE)
    assert record.p_value is None
    holds = f"rule {statistic} holds"
    assert (
        record.explanation == holds
        if severity is Severity.NONE
        else record.explanation.endswith(f"{severity.value}: breaks the rule {statistic}")
    )
    assert record.expected_low == 0


def test_a_rule_that_does_not_apply_says_why() -> None:
    record = decided([row(None, statistic="never_null", reference="long", reason="had nulls")])["fare", "never_null"]
    assert (record.reason, record.severity, record.deterministic) == ("had nulls", Severity.NONE, False)


def test_a_broken_rule_flags_the_column() -> None:
    rows = [row(1.0, statistic="all_null", reference="long"), row(0.01), row(0.01, key=OTHER)]
    previous = previous_of(decide(table(rows), None, SETTINGS)).to_pylist()
    assert {(each["column_name"], each["flagged"]) for each in previous} == {("fare", True), ("tip", False)}


@pytest.mark.parametrize(
    ("reference", "severity"),
    [("stage:training", Severity.WARNING), ("run:a", Severity.WARNING), ("prev", Severity.NONE)],
)
def test_stages_and_pinned_runs_have_a_contract(reference: str, severity: Severity) -> None:
    found = decided([row(0.2, reference=reference, error=0.01), row(0.2, key=OTHER, reference=reference, error=0.15)])
    assert found["fare", "ks"].severity is severity
    assert found["tip", "ks"].severity is Severity.NONE
    if severity is Severity.WARNING:
        assert found["fare", "ks"].expected_high == pytest.approx(0.11)
        assert "warning: from 11.0 % on" in found["fare", "ks"].explanation


def test_a_skew_that_was_always_there_is_not_news() -> None:
    def skewed(run: int) -> list[dict[str, Any]]:
        return [row(0.3 + 0.001 * run, key=key, reference="stage:training") for key in columns(3)]

    store = Store(skewed).run(9)
    # It is reported, and as a flagged run no history, until somebody marks it as accepted.
    assert store.alerting(0) == {"c000", "c001", "c002"}
