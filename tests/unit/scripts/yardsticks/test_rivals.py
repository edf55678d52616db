"""Other rules flag what their authors say they flag."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from scripts.yardsticks.rivals import (
    RULES,
    Past,
    changed,
    deequ_metrics,
    drift,
    online_normal,
    out_of_range,
)


def runs(count: int, rows: int = 500) -> list[pa.Array]:
    random = np.random.default_rng(4)
    return [pa.array(random.normal(100, 10, rows)) for _ in range(count)]


def test_every_rule_answers_for_numbers_and_for_texts() -> None:
    *past, now = runs(12)
    assert set(Past(past).flags(now)) == set(RULES)
    labels = [pa.array(["a", "b"] * 50) for _ in range(5)]
    assert Past(labels).flags(labels[0]) == dict.fromkeys(RULES, False)


def test_a_hundredfold_is_flagged_by_all_but_the_schema() -> None:
    *past, now = runs(20)
    found = Past(past).flags(pa.array(np.asarray(now) * 100))
    assert {name for name, flag in found.items() if not flag} == {"tfdv_schema"}


def test_a_new_label_and_a_new_null_are_anomalies_of_the_schema() -> None:
    past = Past([pa.array(["a", "b"] * 50)] * 3)
    assert past.flags(pa.array(["a", "b"] * 49 + ["a", "c"]))["tfdv_schema"]
    assert past.flags(pa.array(["a", "b"] * 49 + ["a", None]))["tfdv_schema"]
    open_set = Past([pa.array([str(number) for number in range(101)])] * 3)
    assert not open_set.flags(pa.array(["new"]))["tfdv_schema"]


def test_half_and_double_are_the_bounds_of_a_change() -> None:
    assert not changed([10.0, 0.0, math.nan], [20.0, 9.0, 1.0])
    assert changed([10.0], [20.1])
    assert changed([10.0], [4.9])


def test_the_range_is_that_of_the_runs_before() -> None:
    past = np.array([[1.0, math.nan], [3.0, math.nan]])
    assert not out_of_range(past, [3.0, 7.0])
    assert out_of_range(past, [3.1, 7.0])


def test_the_running_mean_includes_the_value_under_test() -> None:
    # (n − 1) ÷ √n deviations are the most that one value of n can be off.
    assert not online_normal([0.0] * 9 + [1e9])
    assert online_normal([0.0] * 10 + [1e9])
    assert not online_normal([math.nan])
    spread = [float(number % 5) for number in range(28)]
    assert not online_normal([*spread, 6.0])
    assert online_normal([*spread, 9.0])


def test_metrics_of_a_column_profile() -> None:
    assert deequ_metrics(pa.array([1.0, 3.0, None, None])) == [4.0, 0.5, 2.0, 2.0, 1.0, 1.0, 3.0]
    assert deequ_metrics(pa.array(["a", "bcd"])) == [2.0, 1.0, 2.0, 1.0, 3.0]
    assert math.isnan(deequ_metrics(pa.array([None], pa.string()))[-1])


def test_drift_is_a_distance_of_shares_or_of_histograms() -> None:
    assert drift(pa.array(["a"] * 6 + ["b"] * 4), pa.array(["a"] * 5 + ["b"] * 5)) == pytest.approx(0.1)
    assert drift(pa.array([0.0, 1.0]), pa.array([0.0, 1.0])) == 0
    assert drift(pa.array([0.0] * 9), pa.array([1.0] * 9)) == pytest.approx(1)
    assert drift(pa.array([None], pa.float64()), pa.array([1.0])) == 0
