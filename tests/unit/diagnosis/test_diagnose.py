from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stageprint.diagnosis.diagnose import confidence, diagnose, finding_id
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile
from stageprint.diagnosis.graph import table_node
from stageprint.model import CheckOutcome, ColumnKey, ReferenceResult, Severity, ShiftRecord, TableKey
from tests.unit.diagnosis.scenarios import with_nulls

RNG = np.random.default_rng(31)
RAW = TableKey("raw", "t")
X, Y, Z = (ColumnKey("raw", "t", name) for name in "xyz")


def run(then: dict[str, Any], now: dict[str, Any], shifts: list[ShiftRecord]) -> Evidence:
    return evidence_of({"1": {RAW: table_profile(RAW, then)}, "2": {RAW: table_profile(RAW, now)}}, {"raw": ()}, shifts)


def table() -> dict[str, Any]:
    return {"x": RNG.normal(50, 9, 3000), "y": RNG.gamma(2.0, 30.0, 3000), "z": [f"k{i % 7}" for i in range(3000)]}


def test_worst_first_and_as_severe_as_the_shifts() -> None:
    then, now = table(), table()
    now |= {"x": now["x"] * 1000, "z": [label.upper() for label in now["z"]]}
    shifts = [flag(X, severity=Severity.REVIEW), flag(Z, severity=Severity.CRITICAL)]
    findings = diagnose(run(then, now, shifts))
    assert [(finding.cause, finding.severity) for finding in findings] == [
        ("category_reencoded", Severity.CRITICAL),
        ("unit_change", Severity.REVIEW),
    ]


def test_what_holds_without_chance_is_critical() -> None:
    then, now = table(), table()
    now["x"] = np.full(3000, 4.0)
    rule = flag(X, "constant", severity=Severity.REVIEW)
    (finding,) = diagnose(run(then, now, [rule]))
    assert (finding.cause, finding.severity) == ("constant_column", Severity.CRITICAL)
    # Without the rule it may be a column that is nearly constant.
    (finding,) = diagnose(run(then, now, [flag(X, severity=Severity.REVIEW)]))
    assert (finding.cause, finding.severity) == ("constant_column", Severity.REVIEW)


def test_the_same_run_compared_again_gives_the_same_finding() -> None:
    then, now = table(), table()
    now["x"] = now["x"] * 1000
    first, second = (diagnose(run(then, now, [flag(X)]))[0] for _ in range(2))
    assert first.finding_id == second.finding_id == finding_id("example", "2", X, "unit_change")
    others = {finding_id("example", "3", X, "unit_change"), finding_id("example", "2", Y, "unit_change")}
    assert len({first.finding_id, *others, finding_id("example", "2", X, "offset")}) == 4
    assert len(first.finding_id) == 16


@pytest.mark.parametrize(("score", "runner_up", "expected"), [(0.9, None, 0.9), (0.9, 0.9, 0.45), (0.9, 0.2, 0.899)])
def test_confidence(score: float, runner_up: float | None, expected: float) -> None:
    assert confidence(score, runner_up) == pytest.approx(expected, abs=1e-3)


def test_two_causes_that_fit_alike_are_both_named() -> None:
    narrow = {"x": RNG.normal(1000.0, 3.0, 3000)}
    (finding,) = diagnose(run(narrow, {"x": RNG.normal(1000.0, 3.0, 3000) * 1.02}, [flag(X)]))
    assert {finding.cause, *finding.alternatives} == {"offset", "unit_change"}
    assert finding.confidence < 0.7
    assert "; it could also be " in finding.sentence
    assert finding.evidence["also_considered"] == {finding.alternatives[0]: pytest.approx(0.8, abs=0.15)}


def test_figures_name_the_reference_and_the_strongest_shifts() -> None:
    then, now = table(), table()
    now["x"] = now["x"] * 1000
    shifts = [flag(X, f"s{number}", score=float(number + 4)) for number in range(7)]
    (finding,) = diagnose(run(then, now, shifts))
    assert finding.evidence["reference_run"] == "1"
    assert [shift["statistic"] for shift in finding.evidence["shifts"]] == ["s6", "s5", "s4", "s3", "s2"]


def referenced(previous: float | None, long: float | None) -> ShiftRecord:
    results = [("prev", previous), ("long", long)]
    return replace(
        flag(X),
        references=tuple(ReferenceResult(name, residual, residual, 0.01, 9) for name, residual in results),
    )


@pytest.mark.parametrize(
    ("previous", "long", "expected"),
    [(0.02, 0.2, "population"), (0.2, 0.2, "data"), (None, 0.2, "data"), (0.1, None, "data")],
)
def test_what_creeps_away_from_a_source_without_a_signature_is_the_population(
    previous: float | None, long: float | None, expected: str
) -> None:
    then, now = table(), table()
    now["x"] = np.where(now["x"] > 50, now["x"] + RNG.normal(9, 4, 3000), now["x"])
    (finding,) = diagnose(run(then, now, [referenced(previous, long)]))
    assert (finding.cause, finding.finding_class) == ("distribution_shift", expected)


def test_a_signature_is_never_the_population() -> None:
    then, now = table(), table()
    now["x"] = now["x"] * 1000
    (finding,) = diagnose(run(then, now, [referenced(0.02, 0.2)]))
    assert finding.finding_class == "data"


def test_the_usual_fluctuation_of_a_column_is_allowed_for() -> None:
    then, now = {"x": RNG.normal(50, 9, 20_000)}, {"x": RNG.normal(50, 9, 20_000)}
    lost = np.where(RNG.random(20_000) < 0.2, np.nan, np.where(now["x"] > 50, now["x"] + 1.5, now["x"]))
    now["x"] = lost
    spotted = flag(X, "null_share")
    quiet = replace(
        flag(X, "ks", severity=Severity.NONE, score=0.3), references=(ReferenceResult("prev", 0.1, 0.1, 0.05, 9),)
    )
    assert "not a random part" in first(run(then, now, [spotted])).sentence
    assert "looks random" in first(run(then, now, [spotted, quiet])).sentence
    unknown = replace(quiet, references=(ReferenceResult("prev", 0.1, 0.1, None, 0),))
    assert "not a random part" in first(run(then, now, [spotted, unknown])).sentence


def first(evidence: Evidence) -> Any:
    return diagnose(evidence)[0]


@pytest.mark.parametrize(("columns", "severity"), [(("a", "b", "c"), Severity.WARNING), (("a", "b"), Severity.REVIEW)])
def test_columns_that_agree_are_worth_a_warning_together(columns: tuple[str, ...], severity: Severity) -> None:
    late = TableKey("joined", "t")
    rng = np.random.default_rng(5)
    values = {name: rng.normal(50, 9, 4000) for name in columns}
    lost = rng.random(4000) < 0.15
    raw = table_profile(RAW, values)
    then = {RAW: raw, late: table_profile(late, values)}
    now = {RAW: raw, late: table_profile(late, {name: with_nulls(column, lost) for name, column in values.items()})}
    shifts = [flag(ColumnKey("joined", "t", name), "null_share", severity=Severity.REVIEW) for name in columns]
    (finding,) = diagnose(evidence_of({"1": then, "2": now}, {"raw": (), "joined": ("raw",)}, shifts))
    assert finding.severity is severity
    assert finding.cause == ("join_lost_rows" if len(columns) > 2 else "null_spike")


def test_a_finding_names_the_checks_that_fail_where_it_began() -> None:
    key = TableKey("raw", "t")
    x, y = (ColumnKey("raw", "t", name) for name in "xy")
    failed = [
        CheckOutcome("2", column, check, "fail", Severity.CRITICAL, "no null", "250 nulls")
        for column, check in ((x, "not_null"), (y, "not_null"), (table_node(key), "row_count"))
    ]

    def found(origin: ColumnKey) -> list[str]:
        then, now = {"x": [1.0] * 900, "y": [1.0] * 900}, {"x": [None] * 250 + [1.0] * 650, "y": [1.0] * 900}
        runs = {run: {key: table_profile(key, columns)} for run, columns in (("1", then), ("2", now))}
        seen = evidence_of(runs, {"raw": ()}, [flag(origin)], failed_checks=lambda _: failed)
        (finding,) = diagnose(seen)
        return [f"{check['check']} at {check['at']}" for check in finding.evidence.get("failed_checks", ())]

    assert found(x) == ["not_null at raw.t.x"]
    assert found(table_node(key)) == ["not_null at raw.t.x", "not_null at raw.t.y", "row_count at raw.t"]
    failed.clear()
    assert found(x) == []
