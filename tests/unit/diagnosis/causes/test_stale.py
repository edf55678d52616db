"""Tables and columns that repeat the run before, told apart from static ones and from each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from stageprint.diagnosis.base import candidates
from stageprint.diagnosis.causes.stale_column import StaleColumn
from stageprint.diagnosis.causes.stale_table import StaleTable
from stageprint.diagnosis.diagnose import diagnose
from stageprint.diagnosis.example import evidence_of, flag, many_runs, table_profile
from stageprint.diagnosis.graph import table_node
from stageprint.model import ColumnKey, Severity, TableKey

RNG = np.random.default_rng(22)
STATIC = ["a", "b", "c"] * 100
RAW = TableKey("raw", "t")


def day(**fixed: Any) -> dict[str, Any]:
    moving = {name: RNG.normal(0, 1, 300) for name in ("x", "y", "z", "w", "v")}
    return {**moving, "static": STATIC, **fixed}


def test_the_whole_table_repeats() -> None:
    days = [day() for _ in range(7)]
    evidence, _ = many_runs([*days, days[-1]])
    (finding,) = diagnose(evidence)
    assert (finding.cause, str(finding.origin), finding.severity) == ("stale_table", "raw.t", Severity.CRITICAL)
    assert "holds the same 300 rows as run run-7 since run-8 (6 of 6 columns equal" in finding.sentence
    assert "the ingestion stalled" in finding.sentence


def test_of_a_computed_table_the_job_is_blamed_not_the_ingestion() -> None:
    raw = [day() for _ in range(8)]
    features = [day() for _ in range(7)]
    made = TableKey("features", "t")
    runs = {
        str(number): {RAW: table_profile(RAW, one), made: table_profile(made, other)}
        for number, (one, other) in enumerate(zip(raw, [*features, features[-1]], strict=True), 1)
    }
    shifts = [flag(made.column(name), "frozen", deterministic=True) for name in ("x", "y", "z", "w", "v")]
    node = table_node(made)
    found = candidates(evidence_of(runs, {"raw": (), "features": ("raw",)}, [flag(node, "stale"), *shifts]), node)[0]
    assert found.cause.name == "stale_table"
    assert found.fit.sentence.endswith("run to run): the job that writes it did not run, or wrote the same again")
    assert found.fit.brief == "a job that did not run"


def test_a_load_that_stamps_its_own_time() -> None:
    days = [day() for _ in range(7)]
    evidence, key = many_runs([*days, {**days[-1], "v": day()["v"]}])
    found = StaleTable().explain(evidence, key)
    assert found is not None
    assert found.score == 0.93


def test_some_columns_repeat() -> None:
    days = [day() for _ in range(7)]
    last = days[-1]
    evidence, key = many_runs([*days, day(x=last["x"], y=last["y"])], at="x")
    (finding,) = diagnose(evidence)
    assert finding.cause == "stale_column"
    assert str(finding.origin) in ("raw.t.x", "raw.t.y")
    assert "while 3 other columns of its table moved on" in finding.sentence
    assert StaleTable().explain(evidence, table_node(key.table_key)) is None


def test_whole_table_frozen_is_no_single_column() -> None:
    days = [day() for _ in range(7)]
    evidence, key = many_runs([*days, days[-1]], at="x")
    assert StaleColumn().explain(evidence, key) is None


def test_the_rule_on_event_times_tells_it_earlier() -> None:
    days = [{RAW: table_profile(RAW, day())} for _ in range(3)]
    runs = dict(zip("1234", [*days, days[-1]], strict=True))
    node = table_node(RAW)
    found = candidates(evidence_of(runs, {"raw": ()}, [flag(node, "stale", deterministic=True)]), node)[0]
    assert found.cause.name == "stale_table"
    assert found.fit.also == ()


def test_nothing_repeats() -> None:
    evidence, key = many_runs([day(), day()])
    assert StaleTable().explain(evidence, key) is None
    assert StaleColumn().explain(evidence, ColumnKey("raw", "t", "x")) is None
