"""Thresholds and budgets that the configuration sets for some tables, columns and statistics."""

from __future__ import annotations

from typing import Any

import pytest

from stageprint.config.decision import DecisionSettings
from stageprint.config.loader import parse_config
from stageprint.decision import decide, to_records
from stageprint.errors import ConfigError
from stageprint.model import ColumnKey, Severity, ShiftRecord, Slice
from tests.unit.decision.runs import KEY, row, table

OTHER = ColumnKey("cleaned", "trips", "fare")
ROWS = [
    row(0.4, statistic="all_null"),
    row(0.4, statistic="new_atom"),
    row(0.15, statistic="new_atom", key=OTHER),
]
"""Two statistics that may fire without history, of two tables of one name."""


def decided(*overrides: dict[str, Any], **settings: Any) -> dict[tuple[str, str], ShiftRecord]:
    known = DecisionSettings.model_validate({"overrides": overrides, **settings})
    return {(record.key.stage, record.statistic): record for record in to_records(decide(table(ROWS), None, known))}


def severities(*overrides: dict[str, Any]) -> list[str]:
    found = decided(*overrides)
    return [found[key].severity.value for key in (("raw", "new_atom"), ("cleaned", "new_atom"), ("raw", "all_null"))]


def test_without_an_override_all_three_are_loud() -> None:
    assert severities() == ["critical", "critical", "none"]
    assert "decision" not in decided()["raw", "new_atom"].explanation


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"table": "raw.trips"}, ["none", "critical", "none"]),
        ({"table": "trips"}, ["none", "none", "none"]),
        ({"table": "trips", "column": "tip"}, ["critical", "critical", "none"]),
        ({"column": "fare", "statistic": "new_atom"}, ["none", "none", "none"]),
        ({"statistic": "ks"}, ["critical", "critical", "none"]),
    ],
)
def test_an_override_is_about_what_it_names(named: dict[str, str], expected: list[str]) -> None:
    assert severities({**named, "ignore": True}) == expected


def test_an_override_of_a_table_is_one_of_its_slices() -> None:
    sliced = ColumnKey("raw", "trips", "fare", Slice("city", "Rome"))
    settings = DecisionSettings.model_validate({"overrides": [{"table": "raw.trips", "severity_at_most": "review"}]})
    found = to_records(decide(table([row(0.4, statistic="new_atom", key=sliced)]), None, settings))
    assert [record.severity for record in found] == [Severity.REVIEW]
    assert settings.severity_cap(sliced) is Severity.REVIEW


def test_what_is_ignored_is_stored_and_says_so() -> None:
    ignored = decided({"table": "raw.trips", "ignore": True})["raw", "new_atom"]
    assert ignored.value == pytest.approx(0.4)
    assert ignored.p_value is None
    assert ignored.explanation == (
        "40.0 % of the values are equal to one that the reference never had against prev; ignored "
        "(decision.overrides[0]: ignore true)"
    )


def test_a_floor_keeps_what_is_below_it_quiet() -> None:
    floor = {"statistic": "new_atom", "floor": 0.2}
    assert severities(floor) == ["critical", "none", "none"]
    quiet = decided(floor)["cleaned", "new_atom"]
    assert quiet.explanation.endswith("(decision.overrides[0]: floor 0.2)")
    assert quiet.expected_high is not None
    assert quiet.expected_high >= 0.2
    assert quiet.effect == pytest.approx(0.15 / 0.2)


def test_a_floor_of_a_rule_says_what_breaks_it() -> None:
    assert severities({"statistic": "all_null", "floor": 0.3}) == ["critical", "critical", "warning"]
    assert severities({"statistic": "all_null", "floor": 0.3, "critical": 0.4})[2] == "critical"


def test_critical_begins_where_it_is_told_to() -> None:
    assert severities({"statistic": "new_atom", "critical": 0.3}) == ["critical", "warning", "none"]


def test_the_loudest_severity_is_capped() -> None:
    cap = {"table": "raw.trips", "severity_at_most": "review"}
    assert severities(cap) == ["review", "critical", "none"]
    settings = DecisionSettings.model_validate({"overrides": [cap]})
    assert settings.severity_cap(KEY) is Severity.REVIEW
    assert settings.severity_cap(OTHER) is Severity.CRITICAL


def test_a_cap_of_one_statistic_is_none_of_the_column() -> None:
    settings = DecisionSettings.model_validate({"overrides": [{"statistic": "ks", "severity_at_most": "review"}]})
    assert settings.severity_cap(KEY) is Severity.CRITICAL


def test_the_last_word_counts() -> None:
    again = {"table": "cleaned.trips", "ignore": False, "severity_at_most": "warning"}
    assert severities({"ignore": True}, again) == ["none", "warning", "none"]
    assert severities({"ignore": True}, {"severity_at_most": "warning"}) == ["none", "none", "none"]


def test_a_budget_moves_the_level_of_what_it_names() -> None:
    plain, generous = decided(), decided({"table": "raw.trips", "false_findings_per_run": 1000})
    limits = [found["raw", "new_atom"].expected_high for found in (plain, generous)]
    assert limits[0] is not None
    assert limits[1] is not None
    assert limits[1] < limits[0]
    other = plain["cleaned", "new_atom"].expected_high
    assert generous["cleaned", "new_atom"].expected_high == pytest.approx(other)


CONFIG = """pipeline: p
store: s
stages:
  - name: raw
    tables:
      - {{name: flights, source: {{format: csv, path: f.csv}}}}
decision:
  overrides:
    - {override}
"""


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "{table: raw.flight, ignore: true}",
            "table: expected a table of this pipeline, got 'raw.flight'.*raw.flights",
        ),
        ("{statistic: medain, ignore: true}", "statistic: expected a shift statistic, got 'medain'.*median"),
        ("{table: flights, floor: 0.1}", "floor: needs `statistic`"),
        ("{statistic: ks, floor: 0.3, critical: 0.1}", r"critical: expected at least `floor` \(0.3\), got 0.1"),
        ("{table: flights}", "expected at least one of floor, critical, ignore, .* got none of them"),
        ("{tabel: flights, ignore: true}", "tabel"),
        ("{severity_at_most: alerting, ignore: true}", "severity_at_most: expected 'review' or 'warning'"),
    ],
)
def test_wrong_overrides_are_explained(override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config(CONFIG.format(override=override))


def test_a_right_override_is_read() -> None:
    config = parse_config(CONFIG.format(override="{table: flights, column: delay, statistic: ks, floor: 0.1}"))
    assert config.decision.overrides[0].summary == "floor 0.1"
