"""Values of a file's type as Spark reads them; tests/spark compares whole files with Spark."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from stageprint.engines.parquet.conversion import conversion, field_names, has_time
from stageprint.engines.parquet.model import NotReadableError
from stageprint.engines.storage.model import local_path

DICTIONARY = pa.dictionary(pa.int32(), pa.string())
POINT = pa.struct([("X", pa.int32()), ("y", pa.string())])


@pytest.mark.parametrize(
    ("values", "found", "wanted"),
    [
        ([1, None], pa.int8(), pa.int64()),
        ([1.5, None], pa.float32(), pa.float64()),
        ([2**64 - 1], pa.uint64(), pa.decimal128(20, 0)),
        ([Decimal("1.5"), None], pa.decimal128(5, 1), pa.decimal128(8, 3)),
        ([None, None], pa.null(), pa.date32()),
    ],
)
def test_values_widen_and_stay_equal(values: list[Any], found: pa.DataType, wanted: pa.DataType) -> None:
    converted = conversion(found, wanted)(pa.array(values, found))
    assert converted.type == wanted
    assert converted.to_pylist() == values


@pytest.mark.parametrize("wanted", [pa.string(), pa.large_string()])
def test_texts_are_passed_on_as_they_are(wanted: pa.DataType) -> None:
    for array in (pa.array(["a", None], pa.large_string()), pa.array(["a", "a"]).dictionary_encode()):
        assert conversion(array.type, wanted)(array) is array


def test_a_dictionary_of_numbers_is_decoded() -> None:
    array = pa.array([1, 1, 7], pa.int8()).dictionary_encode()
    assert conversion(array.type, pa.int64())(array).equals(pa.array([1, 1, 7], pa.int64()))


def test_struct_fields_are_matched_by_name_and_missing_ones_are_null() -> None:
    array = pa.array([{"X": 1, "y": "a"}, None], POINT)
    wanted = pa.struct([("y", pa.string()), ("x", pa.int64()), ("z", pa.date32())])
    converted = conversion(POINT, wanted)(array)
    assert converted.type == wanted
    assert converted.to_pylist() == [{"y": "a", "x": 1, "z": None}, None]


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (pa.int64(), pa.int32()),
        (pa.uint8(), pa.uint16()),
        (pa.float64(), pa.float32()),
        (pa.decimal128(8, 3), pa.decimal128(8, 2)),
        (pa.timestamp("us"), pa.timestamp("us", "UTC")),
        (pa.string(), pa.int64()),
        (pa.list_(pa.int32()), pa.list_(pa.int64())),
        (POINT, pa.struct([("z", pa.int32())])),
        (pa.struct([("x", pa.int8()), ("X", pa.int8())]), pa.struct([("x", pa.int32())])),
    ],
)
def test_other_pairs_are_left_to_spark(found: pa.DataType, wanted: pa.DataType) -> None:
    with pytest.raises(NotReadableError, match=r"the file has .*, the table "):
        conversion(found, wanted)


def test_what_is_inside_a_type() -> None:
    nested = pa.list_(pa.struct([("a", pa.map_(pa.string(), pa.struct([("b", pa.date32())])))]))
    assert field_names(nested)[0] == "a"
    assert "b" in field_names(nested)
    assert has_time(nested)
    assert not has_time(DICTIONARY)


@pytest.mark.parametrize(
    ("path", "local"),
    [("/data/a b", "/data/a b"), ("file:///data/x", "/data/x"), ("file:/data/x", "/data/x"), ("s3a://bucket/x", None)],
)
def test_paths_of_the_local_file_system(path: str, local: str | None) -> None:
    assert local_path(path) == local


def test_times_of_another_unit_are_the_same_times() -> None:
    array = pa.array([dt.datetime(2026, 3, 2, tzinfo=dt.timezone.utc)], pa.timestamp("ms", "UTC"))
    assert conversion(array.type, pa.timestamp("us", "UTC"))(array) is array


def test_nanoseconds_are_cut_to_microseconds() -> None:
    found = pa.array([1_999, None, -1_000], pa.timestamp("ns", "UTC"))
    assert conversion(found.type, pa.timestamp("us", "UTC"))(found).cast(pa.int64()).to_pylist() == [1, None, -1]
    with pytest.raises(NotReadableError):
        conversion(pa.timestamp("ns", "UTC"), pa.timestamp("us"))
