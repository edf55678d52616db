"""Records of columns: nulls and means beyond everything that the earlier runs had, from the first runs on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.config.decision import DecisionSettings
from stageprint.decision import decide, to_records
from stageprint.features.compact import compact_features
from stageprint.features.from_profile import read_column
from stageprint.features.run_days import windows_by_date
from stageprint.model import ColumnKey, ColumnKind, Severity
from stageprint.shifts import ColumnHistory, measure
from tests.support.columns import profile_of
from tests.unit.shifts.columns import column

KEY = ColumnKey("raw", "trips", "fare")
ROWS = 400


def nulls(share: float) -> list[float | None]:
    lost = round(share * ROWS)
    return [None] * lost + [float(value % 20) for value in range(ROWS - lost)]


def numbers(mean: float, seed: int) -> list[float]:
    return [float(value) for value in np.random.default_rng(seed).normal(mean, 1, ROWS)]


def found(statistic: str, values: Sequence[Sequence[Any]], days: int | None = 1) -> Any:
    """Return the statistic of the last run, after the others; they are `days` apart, or have no dates."""
    start = dt.date(2026, 3, 1)
    dates = [None if days is None else start + dt.timedelta(days=days * run) for run in range(len(values))]
    windows = windows_by_date(dates)
    past = []
    for each, of_run in zip(values[:-1], windows, strict=False):
        features = compact_features(read_column(column(list(each), ColumnKind.FLOAT)))
        features.windows = of_run
        past.append(features)
    now = profile_of(pa.array(list(values[-1]), pa.float64()), ColumnKind.FLOAT)
    history = ColumnHistory(KEY, now, {"long": past}, windows=windows[-1])
    decided = to_records(decide(measure([history]), None, DecisionSettings()))
    return next(one for one in decided if one.statistic == statistic)


@pytest.mark.parametrize("runs", [2, 3, 7, 28])
def test_nulls_that_leap_from_one_to_fifteen_per_cent_alert_from_the_third_run(runs: int) -> None:
    usual = [nulls(0.01 + 0.0025 * (run % 3)) for run in range(runs)]
    assert found("null_record", [*usual, nulls(0.15)]).severity is Severity.CRITICAL
    assert found("null_record", [*usual, nulls(0.03)]).severity is Severity.NONE


def test_after_one_run_only_a_gross_rise_of_nulls_is_told() -> None:
    assert found("null_record", [nulls(0.01), nulls(0.15)]).severity is Severity.NONE
    assert found("null_record", [nulls(0.01), nulls(0.6)]).severity is Severity.CRITICAL


def test_everything_lost_can_be_flagged_however_the_share_of_nulls_swings() -> None:
    swinging = [nulls(share) for share in (0.0, 0.45, 0.1, 0.3, 0.02, 0.4, 0.2) * 4]
    now = found("null_record", [*swinging, nulls(0.87)])
    assert now.severity is Severity.CRITICAL
    assert now.expected_high < np.pi
    assert found("null_share", [*swinging, nulls(0.87)]).expected_high is None or now.expected_high <= np.pi
    assert found("null_record", [*swinging, nulls(0.6)]).severity is Severity.NONE


@pytest.mark.parametrize("runs", [2, 3, 11])
def test_a_mean_two_widths_beyond_alerts_from_the_third_run(runs: int) -> None:
    usual = [numbers(0.05 * (run % 3), run) for run in range(runs)]
    assert found("mean_record", [*usual, numbers(2.1, 99)]).severity is Severity.CRITICAL
    assert found("mean_record", [*usual, numbers(0.4, 99)]).severity is Severity.NONE


def test_where_no_season_was_seen_it_takes_five_widths() -> None:
    cold = [numbers(0.05 * run, run) for run in range(3)]
    for days in (30, None):
        assert found("mean_record", [*cold, numbers(2.5, 99)], days).severity is Severity.NONE
        assert found("mean_record", [*cold, numbers(6.0, 99)], days).severity is Severity.CRITICAL
    assert found("mean_record", [*cold[:1], numbers(2.5, 99)]).severity is Severity.NONE
    assert found("mean_record", [*cold[:1], numbers(6.0, 99)]).severity is Severity.CRITICAL


def test_a_column_that_climbs_is_no_record() -> None:
    assert found("mean_record", [numbers(1.0 * run, run) for run in range(8)]).severity is Severity.NONE


def test_a_restless_mean_is_no_record() -> None:
    assert found("mean_record", [numbers(mean, 1) for mean in (0, 2, -1, 1.5, 0.2, 4.2)]).severity is Severity.NONE
