"""Values beyond the end of a scale."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stageprint.features.compact import compact_features
from stageprint.features.from_profile import read_column
from stageprint.model import ColumnKind, NotComputable
from stageprint.shifts.base import Outcome
from stageprint.shifts.distributions.fixed_range import FixedRange
from tests.support.columns import profile_of

RANDOM = np.random.default_rng(5300)


def judged(now: np.ndarray, past: list[np.ndarray]) -> Outcome | NotComputable:
    features = [read_column(profile_of(pa.array(values.astype(float)), ColumnKind.FLOAT)) for values in (now, *past)]
    return FixedRange().judge(features[0], [compact_features(run) for run in features[1:]])


def value(found: Outcome | NotComputable) -> float:
    assert isinstance(found, Outcome), found
    return found.value


def days(count: int = 400) -> np.ndarray:
    return RANDOM.integers(1, 32, count)


def test_days_beyond_the_31st_are_told() -> None:
    past = [days() for _ in range(12)]
    assert value(judged(days(), past)) == 0
    now = days()
    now[:20] += 31
    found = judged(now, past)
    assert value(found) > FixedRange.min_effect
    assert isinstance(found, Outcome)
    assert found.detail == "above 31"
    below = days()
    below[:20] = 0
    found = judged(below, past)
    assert isinstance(found, Outcome)
    assert found.detail == "below 1"


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_few_rows_may_be_an_accident(rows: int) -> None:
    now = days()
    now[:rows] = 40
    assert value(judged(now, [days() for _ in range(12)])) == 0


def test_small_batches_after_many_runs_are_told() -> None:
    now = days(30)
    now[:6] = 40
    assert value(judged(now, [days(30) for _ in range(40)])) > 0


def test_what_has_records_now_and_then_has_no_end() -> None:
    past = [np.round(RANDOM.normal(15, 8, 168), 1) for _ in range(28)]
    found = judged(np.round(RANDOM.normal(35, 8, 168), 1), past)
    assert isinstance(found, NotComputable)
    assert "no end of a scale" in found.reason


def test_prices_of_a_list_that_changes_have_no_upper_end() -> None:
    past = [RANDOM.choice([5.0, 9.0, 20.0 + run // 3], 200) for run in range(28)]
    assert value(judged(RANDOM.choice([5.0, 9.0, 40.0], 200), past)) == 0
    assert value(judged(RANDOM.choice([4.0, 9.0, 20.0], 200), past)) > 0  # the cheapest was always 5


def test_two_runs_are_too_few() -> None:
    assert isinstance(judged(days(), [days(), days()]), NotComputable)
