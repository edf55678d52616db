from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from stageprint.errors import StateError
from stageprint.model import ColumnKind
from stageprint.states.time_gaps import MAX_BUCKETS, Gap, TimeGapsState
from tests.support.columns import merged, state_of

MICROSECONDS = pa.timestamp("us", "UTC")


def gap(state: TimeGapsState) -> Gap:
    found = state.largest_gap()
    assert found is not None
    return found


def test_exact_while_every_value_has_a_bucket() -> None:
    state = state_of(TimeGapsState, [pa.array([0, None, 5_000_000, 5_000_001, 0], MICROSECONDS)])
    assert (state.width, state.occupied) == (0, 3)
    assert gap(state) == (5.0, 0.0)


def test_dates_are_days() -> None:
    days = [dt.date(2026, 3, 1), dt.date(2026, 3, 2), dt.date(2026, 3, 5)]
    assert gap(state_of(TimeGapsState, [pa.array(days)])) == (3 * 86_400.0, 0.0)


@pytest.mark.parametrize("values", [[], [None], [7, 7]])
def test_one_value_has_no_gap(values: list[int | None]) -> None:
    assert state_of(TimeGapsState, [pa.array(values, MICROSECONDS)]).largest_gap() is None


@pytest.mark.parametrize("spread", [10**5, 10**9, 10**13, 10**17])
def test_within_its_error(spread: int) -> None:
    random = np.random.default_rng(spread % 97)
    values = random.integers(-spread, spread, 30_000)
    values = values[(values < spread // 5) | (values > spread // 2)]
    state = state_of(TimeGapsState, [pa.array(values, MICROSECONDS)])
    true = float(np.diff(np.sort(values)).max()) / 1e6
    seconds, error = gap(state)
    assert abs(seconds - true) <= error
    assert MAX_BUCKETS // 2 < state.occupied <= MAX_BUCKETS or state.width > 0


@pytest.mark.parametrize("rows", [4_096, 4_097, 9_000])
def test_the_least_width_that_is_enough(rows: int) -> None:
    state = state_of(TimeGapsState, [pa.array(np.arange(rows) - 1_000, MICROSECONDS)])
    widths = [width for width in range(20) if len(set(((np.arange(rows) - 1_000) >> width).tolist())) <= MAX_BUCKETS]
    assert state.width == widths[0]
    assert state.occupied == len(set(((np.arange(rows) - 1_000) >> state.width).tolist()))


def test_beyond_the_limit_too_the_order_does_not_matter() -> None:
    random = np.random.default_rng(8)
    arrays = [
        pa.array(random.integers(low, low + spread, rows), MICROSECONDS)
        for low, spread, rows in ((0, 10**12, 6_000), (-(10**15), 10**7, 3_000), (5, 10**4, 5_000))
    ]
    whole = state_of(TimeGapsState, [pa.concat_arrays(arrays)]).to_bytes()
    one, two, three = (state_of(TimeGapsState, [array]) for array in arrays)
    assert merged(one, two, three).to_bytes() == merged(three, merged(two, one)).to_bytes() == whole
    assert state_of(TimeGapsState, arrays).to_bytes() == state_of(TimeGapsState, arrays[::-1]).to_bytes() == whole


def test_the_bytes_stay_small() -> None:
    values = np.random.default_rng(8).integers(0, 30 * 86_400_000_000, 50_000)
    assert len(state_of(TimeGapsState, [pa.array(values, MICROSECONDS)]).to_bytes()) < 8_192


def test_damaged() -> None:
    data = state_of(TimeGapsState, [pa.array([1, 2], MICROSECONDS)]).to_bytes()
    with pytest.raises(StateError, match="2 of 3 buckets of width"):
        TimeGapsState.from_bytes(data[:3] + b"\3" + data[4:])
    assert TimeGapsState.from_bytes(data).kind is ColumnKind.TIMESTAMP
