from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stageprint.features.compact import compact_features
from stageprint.features.from_profile import read_column
from stageprint.model import ColumnKind, NotComputable
from stageprint.shifts.base import Outcome
from stageprint.shifts.distributions.tail import MIN_RUNS, FarTail
from tests.support.columns import profile_of

RANDOM = np.random.default_rng(5100)


def judged(now: np.ndarray, past: list[np.ndarray]) -> Outcome | NotComputable:
    features = [read_column(profile_of(pa.array(values), ColumnKind.FLOAT)) for values in (now, *past)]
    return FarTail().judge(features[0], [compact_features(run) for run in features[1:]])


def prices(level: float = 3.0) -> np.ndarray:
    return np.round(RANDOM.lognormal(level, 0.8, 2_000), 2)


def value(found: Outcome | NotComputable) -> float:
    assert isinstance(found, Outcome), found
    return found.value


def test_a_tenth_of_the_prices_times_ten_is_far_outside() -> None:
    past = [prices() for _ in range(28)]
    now = prices()
    assert value(judged(now, past)) == 0
    faulty = np.where(RANDOM.random(2_000) < 0.1, now * 10, now)
    assert value(judged(faulty, past)) > FarTail.min_effect


@pytest.mark.parametrize("level", [0.0, 12.0], ids=["as usual", "at the far end of the season"])
def test_a_season_stays_within_reach(level: float) -> None:
    past = [10 + day / 2 + RANDOM.normal(0, 4, 500) for day in range(20)]
    assert value(judged(10 + level + RANDOM.normal(0, 4, 500), past)) == 0


def test_a_tail_that_varies_by_itself_has_no_rule() -> None:
    dry = [np.round(RANDOM.exponential(1, 500), 1) for _ in range(10)]
    found = judged(dry[0] * 20, [*dry, dry[1] * 10])
    assert isinstance(found, NotComputable)
    assert "itself far outside" in found.reason


def test_few_runs_and_flat_columns_have_no_rule() -> None:
    assert isinstance(judged(prices(), [prices() for _ in range(MIN_RUNS - 1)]), NotComputable)
    assert isinstance(judged(np.zeros(100), [np.zeros(100)] * 9), NotComputable)
