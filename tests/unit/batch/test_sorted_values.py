from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from stageprint.batch.sorted_values import ALWAYS_COUNTED_VALUES, sort_ints
from stageprint.model import ColumnKind
from tests.unit.batch.columns import batch, hashes, library_hash, pairs

K = ColumnKind


def test_floats() -> None:
    column = batch([2.0, None, float("nan"), -0.0, float("inf"), 0.0, float("-inf"), 2.0])
    assert (column.rows, column.nulls, column.nan) == (8, 1, 1)
    assert pairs(column) == [(-np.inf, 1), (0.0, 2), (2.0, 2), (np.inf, 1)]
    assert not np.signbit(column.sorted_values.doubles[1])
    assert column.sorted_values.rows == 6
    finite, counts = column.sorted_values.finite()
    assert finite.tolist() == [0.0, 2.0]
    assert counts is not None
    assert counts.tolist() == [2, 2]


@pytest.mark.parametrize("arrow_type", [pa.float16(), pa.float32(), pa.float64()])
def test_every_width_of_float(arrow_type: pa.DataType) -> None:
    column = batch(np.array([1.5, np.nan, -2.0], arrow_type.to_pandas_dtype()), arrow_type)
    assert pairs(column) == [(-2.0, 1), (1.5, 1)]
    assert column.nan == 1


@pytest.mark.parametrize(
    "arrow_type",
    [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()],
)
def test_every_width_of_integer(arrow_type: pa.DataType) -> None:
    column = batch([7, 3, None, 7], arrow_type)
    assert pairs(column) == [(3, 1), (7, 2)]
    assert column.nan == 0
    assert column.sorted_values.doubles.tolist() == [3.0, 7.0]


def test_integers_far_apart_are_exact() -> None:
    column = batch([-(2**63), 2**63 - 1, 0, 2**63 - 1])
    assert pairs(column) == [(-(2**63), 1), (0, 1), (2**63 - 1, 2)]


def test_unsigned_integers_beyond_the_longs() -> None:
    column = batch([2**64 - 1, 0, 2**64 - 1], pa.uint64())
    assert pairs(column) == [(0, 1), (2**64 - 1, 2)]
    assert column.hashes.values(np.array([1])) == [-1]
    assert hashes(column.hashes) == sorted([library_hash(0), library_hash(-1)])


def test_mostly_distinct_values_are_not_counted() -> None:
    values = np.arange(2 * ALWAYS_COUNTED_VALUES) * 10_000
    runs = batch(values[::-1]).sorted_values
    assert runs.counts is None
    assert runs.exact.tolist() == values.tolist()
    assert (runs.rows, runs.rows_in(5, 15)) == (2 * ALWAYS_COUNTED_VALUES, 10)
    assert runs.finite()[1] is None
    # Few values, or values that repeat, always are.
    assert batch(values[:ALWAYS_COUNTED_VALUES]).sorted_values.counts is not None
    assert batch(np.repeat(values, 3)).sorted_values.counts is not None


@pytest.mark.parametrize("values", [[], [None, None]])
@pytest.mark.parametrize(
    "arrow_type",
    [
        pa.int32(),
        pa.uint64(),
        pa.float64(),
        pa.decimal128(9, 2),
        pa.decimal256(60, 2),
        pa.date32(),
        pa.timestamp("ns"),
    ],
)
def test_empty_and_all_null(values: list[None], arrow_type: pa.DataType) -> None:
    column = batch(values, arrow_type)
    assert (column.rows, column.nulls, column.nan) == (len(values), len(values), 0)
    assert column.sorted_values.rows == len(column.sorted_values.exact) == len(column.hashes.first) == 0


def test_a_column_of_the_null_type() -> None:
    for kind in (K.INTEGER, K.FLOAT, K.DECIMAL, K.DATE, K.TIMESTAMP):
        assert batch(pa.nulls(3), kind=kind).sorted_values.rows == 0
    assert len(batch(pa.nulls(3), kind=K.STRING).texts) == 0
    assert batch(pa.nulls(3), kind=K.BOOLEAN).trues == 0
    assert batch(pa.nulls(3)).nulls == 3


@pytest.mark.parametrize("arrow_type", [pa.date32(), pa.date64()])
def test_dates_are_days(arrow_type: pa.DataType) -> None:
    column = batch([dt.date(1970, 1, 2), None, dt.date(1969, 12, 31)], arrow_type)
    assert pairs(column) == [(-1, 1), (1, 1)]


@pytest.mark.parametrize(("unit", "factor"), [("s", 1_000_000), ("ms", 1_000), ("us", 1)])
@pytest.mark.parametrize("zone", [None, "Asia/Tokyo"])
def test_timestamps_are_microseconds(unit: str, factor: int, zone: str | None) -> None:
    column = batch([5, None, -3, 5], pa.timestamp(unit, zone))
    assert pairs(column) == [(-3 * factor, 1), (5 * factor, 2)]


def test_nanoseconds_are_cut() -> None:
    assert pairs(batch([1_999, -1, 2_000], pa.timestamp("ns"))) == [(-1, 1), (1, 1), (2, 1)]


def test_hours_up_to_the_last_timestamp() -> None:
    def hours(values: list[int]) -> list[list[int]]:
        return [found.tolist() for found in batch(values, pa.timestamp("us")).hours]

    assert hours([0, 3_600_000_000, 5, -1, 5]) == [[-1, 0, 1], [1, 3, 1]]
    assert hours([2**63 - 1]) == [[(2**63 - 1) // 3_600_000_000], [1]]
    assert hours([]) == [[], []]
    many = np.arange(4_000) * 1_000_000_000
    assert hours(many.tolist())[1] == np.bincount(many // 3_600_000_000).tolist()


@pytest.mark.parametrize(
    "values",
    [
        np.array([5, -3, 5, 10**9, 0, -(10**9)] * 400),
        np.array([-(2**62), 2**62, 0, 7] * 400),
        np.arange(0, 10**7, 2_500),
        np.arange(10**7, 0, -2_500),
        np.array([0, (1 << 32) - 1, 1 << 31] * 400),
        np.array([0, 1 << 32, 1 << 31] * 400),
        np.array([2**63 + 5, 3, 2**64 - 1] * 400, np.uint64),
    ],
)
def test_integers_are_sorted_whatever_their_range_and_order(values: npt.NDArray[Any]) -> None:
    before = values.copy()
    found = sort_ints(values)
    distinct, counts = np.unique(before, return_counts=True)
    if found.counts is None:
        assert found.exact.tolist() == np.sort(before).tolist()
    else:
        assert (found.exact.tolist(), found.counts.tolist()) == (distinct.tolist(), counts.tolist())
    assert values.tolist() == before.tolist()
