from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stageprint.diagnosis.causes.distribution_shift import DistributionShift
from stageprint.diagnosis.causes.population_shift import PopulationShift
from stageprint.diagnosis.diagnose import diagnose
from stageprint.diagnosis.example import two_runs, two_stages, two_tables
from stageprint.model import Severity

RNG = np.random.default_rng(23)


def people(share: float, n: int = 4000) -> dict[str, Any]:
    new = RNG.random(n) < share
    return {
        "age": np.where(new, RNG.normal(70, 5, n), RNG.normal(40, 12, n)),
        "income": np.where(new, RNG.gamma(3, 9, n), RNG.gamma(9, 6, n)),
        "visits": np.where(new, RNG.poisson(9, n), RNG.poisson(2, n)).astype(float),
        "height": RNG.normal(170, 9, n),
        "region": RNG.choice(["n", "s", "e", "w"], n),
    }


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_related_columns_without_a_signature(share: float) -> None:
    then, now = people(0.05), people(share)
    evidence, key = two_tables(then, {**now, "height": then["height"], "region": then["region"]})
    flagged = {node.column for node in evidence.flagged}
    assert flagged == {"age", "income", "visits"}
    (finding,) = diagnose(evidence)
    assert (finding.cause, finding.finding_class, finding.origin) == ("population_shift", "population", key)
    fit = PopulationShift().explain(evidence, key)
    assert fit is not None
    assert fit.at_most is Severity.WARNING  # nothing has to be repaired at night
    twice = {name: np.concatenate([values, values]) for name, values in now.items()}
    fit = PopulationShift().explain(*two_tables(then, twice))
    assert fit is not None
    assert fit.at_most is Severity.CRITICAL  # but twice the rows may be a fault


def test_one_columns_fault_is_no_population() -> None:
    then, now = people(0.05), people(0.05)
    evidence, key = two_tables(then, {**then, "age": now["age"] * 12})
    assert PopulationShift().explain(evidence, key) is None


def test_faults_of_several_columns_are_no_population() -> None:
    then, now = people(0.05), people(0.05)
    evidence, key = two_tables(then, {**then, **{name: now[name] * 1000 for name in ("age", "income", "visits")}})
    assert PopulationShift().explain(evidence, key) is None
    (finding,) = diagnose(evidence)
    assert finding.cause == "unit_change"
    assert "3 of 5 columns of raw.t (" in finding.sentence


def test_another_schema_is_no_population() -> None:
    evidence, key = two_tables(people(0.05), {**people(0.9), "more": [1] * 4000})
    assert PopulationShift().explain(evidence, key) is None


def test_behind_a_source_it_is_the_pipeline() -> None:
    then, now = people(0.05), people(0.9)
    evidence, key = two_stages((then, then), (then, now))
    assert PopulationShift().explain(evidence, key) is None


def test_the_fallback_says_what_moved() -> None:
    labels = DistributionShift().explain(*two_runs(["a", "b"] * 100, ["a", "a", "a", "b"] * 50))
    assert "'a' in 75.0 % of values, before 50.0 %" in labels.sentence
    nulls = DistributionShift().explain(*two_runs([1.0, 2.0] * 100, [1.0, None] * 100))
    assert "no value in 50.0 % of rows, before 0.0 %" in nulls.sentence
    table = DistributionShift().explain(*two_tables({"a": [1.0] * 50}, {"a": [2.0] * 60}))
    assert "60 rows, before 50; 1 columns moved" in table.sentence
