"""Values that became infinite: counted, told whatever their share, and not taken for a default."""

from __future__ import annotations

import numpy as np
import pytest

from stageprint.diagnosis.causes.default_value import DefaultValue
from stageprint.diagnosis.causes.infinite_values import InfiniteValues
from stageprint.diagnosis.example import many_runs

USUAL = np.random.default_rng(4).gamma(2.0, 10.0, (5, 4000))


def runs(*infinite: float, rows: int = 12, before: int = 0) -> list[dict[str, list[float]]]:
    """Four runs with `before` infinite values, and one in which the first rows hold `infinite` in turn."""
    made = [{"x": [float("inf")] * before + run.tolist()[before:]} for run in USUAL]
    made[-1]["x"][:rows] = [infinite[row % len(infinite)] for row in range(rows)]
    return made


@pytest.mark.parametrize(
    ("infinite", "value"),
    [
        ((np.inf,), "Infinity"),
        ((-np.inf,), "-Infinity"),
        ((np.inf, -np.inf), "-Infinity or Infinity"),
    ],
)
def test_a_few_infinite_values_are_counted(infinite: tuple[float, ...], value: str) -> None:
    evidence, column = many_runs(runs(*infinite), at="x", statistic="never_infinite")
    found = InfiniteValues().explain(evidence, column)
    assert found is not None
    assert f"is {value} in 0.3 % of rows since run-5 (never before)" in found.sentence
    assert (found.evidence["value"], found.evidence["share"], found.evidence["share_before"]) == (value, 0.003, 0.0)
    assert found.evidence.get("exact_value") == (value if len(infinite) == 1 else None)
    assert DefaultValue().explain(evidence, column) is None


def test_more_than_before() -> None:
    made = runs(np.inf, rows=400, before=40)
    found = InfiniteValues().explain(*many_runs(made, at="x", statistic="infinite_share"))
    assert found is not None
    assert "in 10.0 % of rows since run-5 (before 1.0 %)" in found.sentence


def test_as_many_as_before_is_no_news() -> None:
    made = runs(np.inf, rows=40, before=40)
    assert InfiniteValues().explain(*many_runs(made, at="x", statistic="infinite_share")) is None
    assert InfiniteValues().explain(*many_runs(runs(np.inf), at="x", statistic="ks")) is None
