from __future__ import annotations

import pytest
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.spark.schema_union import FileSchema, common_type, unite
from stageprint.errors import SourceError
from stageprint.pipeline.source_notes import FileNames

NAMES = FileNames("t")


def schema(*files: str, **columns: T.DataType) -> FileSchema:
    return FileSchema(T.StructType([T.StructField(name, found) for name, found in columns.items()]), files)


def test_columns_keep_the_first_files_order_and_later_ones_follow() -> None:
    union = unite(
        [schema("a", x=T.LongType(), y=T.StringType()), schema("b", "c", z=T.DateType(), X=T.LongType())], NAMES
    )
    assert union.schema.names == ["x", "y", "z"]
    assert union.files == {"x": ("a", "b", "c"), "y": ("a",), "z": ("b", "c")}
    assert union.types == {}
    (note,) = union.notes(NAMES)
    assert "'y' is only in a; 'z' is missing from a; all columns" in note


def test_names_that_differ_in_case_are_two_columns_where_the_session_says_so() -> None:
    parts = [schema("a", x=T.LongType()), schema("b", X=T.StringType())]
    assert unite(parts, NAMES, case_sensitive=True).schema.names == ["x", "X"]


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        (T.IntegerType(), T.LongType(), T.LongType()),
        (T.ShortType(), T.ByteType(), T.ShortType()),
        (T.FloatType(), T.DoubleType(), T.DoubleType()),
        (T.DecimalType(10, 2), T.DecimalType(12, 4), T.DecimalType(12, 4)),
        (T.DecimalType(10, 2), T.DecimalType(10, 4), T.DecimalType(12, 4)),
        (T.DecimalType(38, 2), T.DecimalType(38, 4), None),
        (T.LongType(), T.DoubleType(), None),
        (T.LongType(), T.StringType(), None),
        (T.NullType(), T.StringType(), T.StringType()),
        (T.ArrayType(T.IntegerType()), T.ArrayType(T.LongType()), T.ArrayType(T.LongType())),
        (
            T.MapType(T.StringType(), T.IntegerType()),
            T.MapType(T.StringType(), T.LongType()),
            T.MapType(T.StringType(), T.LongType()),
        ),
        (T.MapType(T.StringType(), T.IntegerType()), T.MapType(T.StringType(), T.DateType()), None),
        (schema(a=T.LongType()).schema, schema(b=T.DateType()).schema, schema(a=T.LongType(), b=T.DateType()).schema),
        (schema(a=T.LongType()).schema, schema(a=T.DateType()).schema, None),
    ],
)
def test_common_types(one: T.DataType, other: T.DataType, common: T.DataType | None) -> None:
    assert common_type(one, other) == common
    if not isinstance(one, T.StructType):
        assert common_type(other, one) == common


def test_a_narrow_type_is_not_widened_where_the_reader_does_not() -> None:
    assert common_type(T.IntegerType(), T.LongType(), widens=False) is None


def test_a_widened_column_is_told() -> None:
    union = unite([schema("a", x=T.IntegerType()), schema("b", x=T.LongType())], NAMES)
    assert union.schema["x"].dataType == T.LongType()
    (note,) = union.notes(NAMES)
    assert "'x' is int in a and bigint in b, read as bigint" in note


def test_types_without_a_common_one_are_an_error_or_text() -> None:
    parts = [schema("a", x=T.LongType()), schema("b", x=T.DateType())]
    with pytest.raises(SourceError, match="column 'x' is bigint in a and date in b, and no type"):
        unite(parts, NAMES)
    union = unite(parts, NAMES, text=True)
    assert union.schema["x"].dataType == T.StringType()
    assert "read as string" in union.notes(NAMES)[0]


def test_columns_that_are_not_read() -> None:
    parts = [schema("a", x=T.LongType()), schema("b", x=T.LongType(), y=T.LongType())]
    (note,) = unite(parts, NAMES).notes(NAMES, parts[0].schema)
    assert "'y' is not profiled, since the option mergeSchema is false" in note
