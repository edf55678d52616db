from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.metrics.standard_deviation import StandardDeviationMetric
from stageprint.model import ColumnKind
from stageprint.states.moments import MomentsState
from tests.support.columns import merged, state_of

STRD = Path(__file__).parents[2] / "data" / "nist_strd"
CERTIFIED = json.loads((STRD / "certified.json").read_text())


def read(name: str, n: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the values of a set: the last n lines that are numbers."""
    lines = (STRD / f"{name}.txt").read_text().splitlines()
    values = [float(line) for line in lines if re.fullmatch(r"\s*-?[\d.]+\s*", line)]
    assert len(values) == n
    return np.array(values)


def in_parts(values: np.ndarray[Any, np.dtype[np.float64]], parts: int) -> MomentsState:
    states = [state_of(MomentsState, [pa.array(part)]) for part in np.array_split(values, parts)]
    return merged(states[0], *states[1:])


@pytest.mark.parametrize("parts", [1, 7, 100])
@pytest.mark.parametrize("certified", CERTIFIED, ids=[found["dataset"] for found in CERTIFIED])
def test_nist(certified: dict[str, Any], parts: int) -> None:
    moments = in_parts(read(certified["dataset"], certified["n"]), parts)
    assert moments.n == certified["n"]
    # The certified values have 15 digits. What doubles can hold of the data itself limits the spread of NumAcc3 and 4.
    digits = {"NumAcc3": 1e-9, "NumAcc4": 1e-8}.get(certified["dataset"], 1e-13)
    assert moments.mean == pytest.approx(float(certified["mean"]), rel=1e-14)
    spread = StandardDeviationMetric().of(moments)
    assert spread == pytest.approx(float(certified["standard_deviation"]), rel=digits)


def test_golden_merge() -> None:
    one = MomentsState(ColumnKind.FLOAT, 5, 6.2, 148.80000000000004, 721.6800000000002, 10299.936000000002)
    two = MomentsState(ColumnKind.FLOAT, 4, 10.5, 387.0, 3645.0, 80453.25)
    one.merge(two)
    expected = [9, 8.11111111111111, 576.8888888888889, 6306.691358024692, 136775.29218106996]
    assert [one.n, one.mean, one.m2, one.m3, one.m4] == pytest.approx(expected, rel=1e-12)
    assert math.sqrt(one.m2 / one.n) == pytest.approx(8.006170459845254, rel=1e-12)


def test_against_the_definition() -> None:
    values = np.random.default_rng(3).lognormal(1, 1, 5_000)
    moments = in_parts(values, 9)
    centred = values - values.mean()
    for found, power in ((moments.m2, 2), (moments.m3, 3), (moments.m4, 4)):
        assert found == pytest.approx((centred**power).sum(), rel=1e-11)


def test_counted_values_weigh_as_often_as_they_occur() -> None:
    values = np.repeat([1.0, 2.0, 5.5], [500, 300, 7])
    moments = state_of(MomentsState, [pa.array(values)])
    assert moments.mean == pytest.approx(values.mean(), rel=1e-14)
    assert moments.m2 == pytest.approx(((values - values.mean()) ** 2).sum(), rel=1e-12)


def test_infinities_and_nan_are_left_out() -> None:
    moments = state_of(MomentsState, [pa.array([1.0, math.inf, 3.0, math.nan, -math.inf, None])])
    assert (moments.n, moments.mean, moments.m2) == (2, 2.0, 2.0)
    assert state_of(MomentsState, [pa.array([math.inf, math.nan])]).n == 0


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e9 + 0.1])
def test_equal_values_have_no_spread_at_all(value: float) -> None:
    moments = in_parts(np.full(1_001, value), 7)
    assert (moments.mean, moments.m2, moments.m3, moments.m4) == (value, 0.0, 0.0, 0.0)


def test_overflow_does_not_warn() -> None:
    moments = state_of(MomentsState, [pa.array([1e300, -1e300, 1e200]), pa.array([1e308, -1e308])])
    assert moments.n == 5
    assert not math.isfinite(moments.m4)


def test_units_of_dates_and_timestamps() -> None:
    days = state_of(MomentsState, [pa.array([1, 3], pa.date32())])
    assert days.mean == 2.0
    times = state_of(MomentsState, [pa.array([1, 3], pa.timestamp("ms"))])
    assert times.mean == 2_000.0
