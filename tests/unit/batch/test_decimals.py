from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from tests.unit.batch.columns import batch, hashes, library_hash, pairs


@pytest.mark.parametrize(
    "arrow_type", [pa.decimal32(9, 2), pa.decimal64(18, 2), pa.decimal128(38, 2), pa.decimal256(76, 2)]
)
def test_every_width(arrow_type: pa.DataType) -> None:
    column = batch([Decimal("1.50"), None, Decimal("-3.25"), Decimal("1.50")], arrow_type)
    assert pairs(column) == [(-325, 1), (150, 2)]
    assert column.sorted_values.doubles.tolist() == [-3.25, 1.5]
    assert (column.sorted_values.scale, column.sorted_values.column_scale) == (2, 2)


def test_a_slice() -> None:
    column = batch(pa.array([Decimal(value) for value in range(9)], pa.decimal128(9, 0)).slice(3, 2))
    assert pairs(column) == [(3, 1), (4, 1)]


def test_unused_places_are_left_out() -> None:
    column = batch([Decimal("1234567890.5"), Decimal(-2)], pa.decimal128(38, 18))
    assert column.sorted_values.scale == 2
    assert column.sorted_values.values() == [-2 * 10**18, 12345678905 * 10**17]
    assert column.sorted_values.doubles.tolist() == [-2.0, 1234567890.5]


def test_more_than_64_bits() -> None:
    values = [Decimal("123456789012345678901234567890.12345678"), Decimal("-0.00000001"), Decimal(5)]
    column = batch([*values, values[0], None], pa.decimal128(38, 8))
    assert column.sorted_values.values() == [-1, 500000000, 12345678901234567890123456789012345678]
    assert column.sorted_values.counts is not None
    assert column.sorted_values.counts.tolist() == [1, 1, 2]
    assert column.sorted_values.doubles.tolist() == [float(value) for value in sorted(values)]
    sliced = pa.array([Decimal(0), *values], pa.decimal128(38, 8)).slice(1, 2)
    assert len(batch(sliced).sorted_values.values()) == 2


def test_negative_scale() -> None:
    assert pairs(batch([Decimal(1200)], pa.decimal128(5, -2))) == [(1200, 1)]


def test_doubles_are_the_nearest() -> None:
    value = Decimal("92233720368.54775807")
    assert batch([value], pa.decimal128(19, 8)).sorted_values.doubles.tolist() == [float(value)]


@pytest.mark.parametrize(
    ("value", "hashed_as"),
    [
        ("5", 5),
        ("-100", -100),
        ("0.1", 0.1),
        ("-12345.678", -12345.678),
        ("999999999999.999", 999999999999.999),
        ("1234567890.123456", "1234567890.123456"),
        ("-0.1234567890123456", "-0.1234567890123456"),
        ("99999999999999999999", "99999999999999999999"),
        ("-9223372036854775808", -(2**63)),
    ],
)
def test_hashed_by_value_whatever_the_type(value: str, hashed_as: float | str) -> None:
    number = Decimal(value)
    own = pa.scalar(number).type
    wider = pa.decimal128(38, max(own.scale, 16))
    with_others = pa.array([number, Decimal("12345678901234567890.1234567890123456")], wider)
    for array in (pa.array([number], own), pa.array([number], wider), pa.array([number], pa.decimal256(76, 20))):
        hashed = batch(array).hashes
        assert hashes(hashed) == [library_hash(hashed_as)]
        assert hashed.values(np.array([0])) == [hashed_as]
    assert library_hash(hashed_as) in hashes(batch(with_others).hashes)
