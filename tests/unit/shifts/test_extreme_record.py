"""A value far beyond everything that the earlier runs had."""

from __future__ import annotations

from math import log

import numpy as np
import pyarrow as pa
import pytest

from stageprint.config.decision import DecisionSettings
from stageprint.decision import decide, to_records
from stageprint.features.compact import compact_features
from stageprint.features.from_profile import read_column
from stageprint.model import ColumnKey, ColumnKind, NotComputable, Severity, ShiftRecord
from stageprint.shifts import ColumnHistory, measure
from stageprint.shifts.base import Outcome
from stageprint.shifts.distributions.extreme_record import MIN_RUNS, ExtremeRecord
from tests.support.columns import profile_of

RANDOM = np.random.default_rng(5200)
KEY = ColumnKey("raw", "weather", "wind")


def judged(now: np.ndarray, past: list[np.ndarray]) -> Outcome | NotComputable:
    features = [read_column(profile_of(pa.array(values), ColumnKind.FLOAT)) for values in (now, *past)]
    return ExtremeRecord().judge(features[0], [compact_features(run) for run in features[1:]])


def decided(now: np.ndarray, past: list[np.ndarray]) -> ShiftRecord:
    profiles = [profile_of(pa.array(values), ColumnKind.FLOAT) for values in (now, *past)]
    history = ColumnHistory(KEY, profiles[0], {"long": [compact_features(read_column(one)) for one in profiles[1:]]})
    records = to_records(decide(measure([history]), None, DecisionSettings()))
    return next(one for one in records if one.statistic == ExtremeRecord.name)


def winds(wild: float | None = None) -> np.ndarray:
    hours = RANDOM.gamma(4.0, 2.5, 504)
    if wild is not None:
        hours[100] = wild
    return hours


def test_one_wild_value_among_hundreds_is_told_and_an_ordinary_storm_is_not() -> None:
    past = [winds() for _ in range(28)]
    wild = decided(winds(3000.0), past)
    assert wild.severity is Severity.CRITICAL
    assert "farther than in every earlier run" in wild.explanation
    assert decided(winds(80.0), past).severity is Severity.NONE
    below = decided(winds(-3000.0), past)
    assert below.severity is Severity.CRITICAL


def test_extremes_that_vary_tenfold_say_little_of_the_next_one() -> None:
    past = [np.append(winds(), 10.0 ** RANDOM.uniform(1.5, 3.5)) for _ in range(28)]
    assert decided(winds(12_000.0), past).severity is Severity.NONE


def test_the_figure_is_the_ratio_of_the_distances() -> None:
    past = [np.array([0.0, 1.0, 2.0, 3.0, 4.0])] * 3
    found = judged(np.array([0.0, 1.0, 2.0, 3.0, 42.0]), past)
    assert isinstance(found, Outcome)
    assert found.value == pytest.approx(log(20))
    assert found.now == 40.0
    assert found.then == pytest.approx(2.0)
    inside = judged(np.array([1.0, 2.0, 3.0]), past)
    assert isinstance(inside, Outcome)
    assert inside.value == 0


def test_few_runs_flat_and_infinite_columns_have_no_such_figure() -> None:
    assert isinstance(judged(winds(), [winds()] * (MIN_RUNS - 1)), NotComputable)
    assert isinstance(judged(winds(), [np.ones(9)] * 5), NotComputable)
    assert isinstance(judged(winds(np.inf), [winds()] * 5), NotComputable)
    zeros = np.append(np.zeros(400), [3.0, 5.0])
    found = judged(np.append(zeros, 90.0), [zeros] * 9)
    assert isinstance(found, Outcome)
    assert found.value == pytest.approx(log(18))
