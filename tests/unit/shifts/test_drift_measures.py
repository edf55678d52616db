"""What other projects' tests assert of the same measures, each in its own convention."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from stageprint.features.distribution import Cdf, kolmogorov_smirnov, wasserstein
from stageprint.features.formulas import population_stability
from stageprint.features.from_profile import read_column
from stageprint.features.labels import AlignedLabels, LabelShares
from stageprint.features.pairs import StackedLabels
from stageprint.shifts.labels.hellinger import Hellinger
from stageprint.shifts.labels.js_distance_base2 import JensenShannonDistanceBase2
from stageprint.shifts.labels.l_infinity_share import LInfinityShare
from stageprint.shifts.labels.total_variation import TotalVariation
from tests.unit.shifts.columns import FLOAT, INTEGER, STRING, column, row_of

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "data" / "drift_measures.json").read_text())[
    "cases"
]

NOT_OURS = {
    "normalized_abs_difference": "TFDV's measure of raw counts: it moves with the number of rows, shares do not",
    "chi2_p_value": "a one-sample test that takes the reference for exact; ours compares two samples",
    "mann_whitney_p": "a rank test needs the rows; with millions of them every p is 0",
    "epps_singleton_p": "a test on the rows themselves",
    "t_test_p": "a test of means; `mean` measures the effect and leaves significance to the history",
    "energy_distance": "the squared sibling of the Wasserstein distance; one of the two is stored",
    "skewness_population": "no shift statistic uses it; profiling/stageprint/metrics has it",
}
"""Measures that the project does not compute, and why."""


def _labels(shares: Mapping[str, float]) -> LabelShares:
    return LabelShares.exactly(dict(shares))


def _stack(then: Mapping[str, float], now: Mapping[str, float]) -> StackedLabels:
    return StackedLabels([AlignedLabels.of(_labels(now), _labels(then))])


def _counted(values: Sequence[object]) -> dict[str, float]:
    return {str(value): float(count) for value, count in Counter(values).items()}


def _two(inputs: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, float]]:
    """Return both sides' counts, whatever the case calls them."""
    for then, now in (("train", "serving"), ("a", "b"), ("ref_counts", "cur_counts"), ("ref", "cur")):
        if then in inputs:
            return _side(inputs[then], now), _side(inputs[now], then)
    raise AssertionError(inputs)


def _side(values: Any, other: str) -> dict[str, float]:
    if isinstance(values, dict):
        return values
    if other.endswith("_counts"):
        return {str(value): count for value, count in enumerate(values) if count}
    return _counted(values)


def _cdf(values: Any, weights: Any = None) -> Cdf:
    if isinstance(values, str):
        start, _, offset = values.partition("+")
        assert start == "linspace(1,100,100)"
        values = np.linspace(1, 100, 100) + float(offset or 0)
    points = np.array(values, dtype=np.float64)
    return Cdf.of(points, np.ones(len(points)) if weights is None else np.array(weights, dtype=np.float64))


def _drawn(case_id: str) -> tuple[Any, Any]:
    """Return the samples that a NannyML case draws from numpy's legacy generator."""
    np.random.seed(1)  # noqa: NPY002 -- the figures asserted come from this generator
    draw = np.random  # the module-level functions share the seed
    if case_id == "nannyml-js-quasi":
        return draw.choice(np.linspace(0, 2, 6), 10_000), draw.choice(np.linspace(0, 2, 3), 1_000)
    if case_id == "nannyml-wasserstein-small":
        return draw.normal(0, 1, 10_000), draw.normal(1, 1, 1_000)
    if case_id == "nannyml-wasserstein-medium":
        return draw.normal(0, 1, 100_000), draw.normal(-4, 1, 1_000)
    return draw.choice(list("abcd"), 10_000), draw.choice(list("abce"), 1_000)


def _rebucketed(one: list[dict[str, float]], two: list[dict[str, float]]) -> tuple[dict[str, float], dict[str, float]]:
    """Spread two histograms over the union of their boundaries; buckets of a single point stay apart."""
    edges = sorted({bound for bucket in (*one, *two) for bound in (bucket["low"], bucket["high"])})

    def spread(buckets: list[dict[str, float]]) -> dict[str, float]:
        shares: dict[str, float] = {}
        for bucket in buckets:
            low, high = bucket["low"], bucket["high"]
            parts = {f"[{low}]": 1.0}
            if high > low:
                inner = [edge for edge in edges if low <= edge <= high]
                parts = {f"{a}–{b}": (b - a) / (high - low) for a, b in pairwise(inner)}
            for name, share in parts.items():
                shares[name] = shares.get(name, 0.0) + share * bucket["count"]
        return shares

    return spread(one), spread(two)


def _js_divergence(inputs: Mapping[str, Any]) -> float:
    one, two = inputs["h1"], inputs["h2"]
    if isinstance(one, list):
        one, two = _rebucketed(one, two)
    one, two = (
        {**side, **({"NaN": inputs[key]} if inputs.get(key) else {})}
        for side, key in ((one, "h1_nan"), (two, "h2_nan"))
    )
    stack = _stack(one, two)
    return float(JensenShannonDistanceBase2().distance(stack, stack.now, stack.then)[0]) ** 2


def _l_infinity(then: Mapping[str, float], now: Mapping[str, float]) -> float:
    stack = _stack(then, now)
    return float(LInfinityShare().distance(stack, stack.now, stack.then)[0])


def found(case: Mapping[str, Any]) -> float:  # noqa: PLR0911 -- one line a measure
    """Return what the project computes for a case."""
    metric, inputs = case["metric"], case["inputs"]
    if metric == "l_infinity":
        return _l_infinity(*_two(inputs))
    if metric == "l_infinity_robust":
        n, m = (sum(inputs[side].values()) for side in "ab")
        margin = sqrt(-log(inputs["alpha"] / 2) / 2) * sqrt((n + m) / (n * m))
        return max(0.0, _l_infinity(inputs["a"], inputs["b"]) - margin)
    if metric == "js_divergence":
        return _js_divergence(inputs)
    if metric in {"l_infinity_cdf", "ks_statistic"}:
        return kolmogorov_smirnov(_cdf(inputs["x"]), _cdf(inputs["y"]))
    if metric == "wasserstein_1":
        if "code" in inputs:
            then, now = _drawn(case["id"])
            return wasserstein(_cdf(now), _cdf(then))
        return wasserstein(_cdf(inputs["u"], inputs.get("u_weights")), _cdf(inputs["v"], inputs.get("v_weights")))
    if metric == "psi":
        counts = (np.array(inputs[side], dtype=np.float64) for side in ("expected_counts", "actual_counts"))
        return population_stability(*counts, smoothing=0)
    if metric == "two_proportion_z_p":
        then, now = (column([str(value) for value in inputs[side]], STRING) for side in ("ref", "cur"))
        return float(stats.chi2.sf(row_of("chi_squared", now, then)["value"], 1))
    if metric in {"hellinger", "js_distance", "total_variation"}:
        then, now = (_counted(list(side)) for side in _drawn(case["id"])) if "code" in inputs else _two(inputs)
        stack = _stack(then, now)
        shifts = {
            "hellinger": Hellinger(),
            "js_distance": JensenShannonDistanceBase2(),
            "total_variation": TotalVariation(),
        }
        return float(shifts[metric].distance(stack, stack.now, stack.then)[0])
    return _moment(metric, inputs["values"])


def _moment(metric: str, values: list[float]) -> float:
    shape = read_column(column(values, INTEGER))
    population = shape.variance * (len(values) - 1) / len(values)
    assert shape.cdf is not None
    low, high = shape.cdf.quantile(np.array([0.25, 0.75]))
    return {
        "mean": shape.mean,
        "iqr": float(high - low),
        "stddev_population": sqrt(population),
        "variance_population": population,
        "excess_kurtosis_population": shape.kurtosis - 3,
    }[metric]


def _params() -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES]


def test_there_are_65_cases_and_every_reason_is_used() -> None:
    assert len(CASES) == 65
    assert NOT_OURS.keys() <= {case["metric"] for case in CASES}
    skipped = [case for case in CASES if case["metric"] in NOT_OURS]
    assert len(skipped) == 11


@pytest.mark.parametrize("case", _params())
def test_case(case: dict[str, Any]) -> None:
    if case["metric"] in NOT_OURS:
        # Another convention, with its reason; nothing here computes it, so that there is nothing to compare.
        assert NOT_OURS[case["metric"]]
        return
    if case["id"] == "tfdv-linf-0":
        # Two empty columns: TFDV says 0, here what cannot be computed is never 0.
        row = row_of("l_infinity_share", column([None], STRING), column([None], STRING))
        assert (row["value"], row["reason"]) == (None, "no values in this run")
        return
    if case["expected"] == "error":
        current, reference = {
            "tfdv-js-error-389": (column([1.5], FLOAT), column([None], FLOAT)),
            "tfdv-js-error-523": (column(["a"], STRING), column([None], STRING)),
            "tfdv-js-error-551": (column(["a"], STRING), column([1.5], FLOAT)),
        }[case["id"]]
        row = row_of("psi" if current.kind is FLOAT else "js_distance", current, reference)
        assert row["value"] is None
        assert row["reason"]
        return
    assert found(case) == pytest.approx(case["expected"], rel=1e-9, abs=max(case["tolerance"], 1e-12))


def test_labels_of_a_column_are_those_of_the_counts() -> None:
    texts = ["a"] * 6 + ["b"] * 4
    shape = read_column(column(pa.array(texts).to_pylist(), STRING))
    assert shape.labels is not None
    assert dict(zip(shape.labels.index, shape.labels.estimate, strict=True)) == {"a": 0.6, "b": 0.4}
