from __future__ import annotations

import pyarrow as pa
import pytest

from stageprint.batch.arrow_types import kind_of, spark_type_name
from stageprint.model import ColumnKind

K = ColumnKind


@pytest.mark.parametrize(
    ("arrow_type", "kind", "name"),
    [
        (pa.bool_(), K.BOOLEAN, "boolean"),
        (pa.int8(), K.INTEGER, "tinyint"),
        (pa.int16(), K.INTEGER, "smallint"),
        (pa.int32(), K.INTEGER, "int"),
        (pa.int64(), K.INTEGER, "bigint"),
        (pa.uint8(), K.INTEGER, "smallint"),
        (pa.uint16(), K.INTEGER, "int"),
        (pa.uint32(), K.INTEGER, "bigint"),
        (pa.uint64(), K.INTEGER, "decimal(20,0)"),
        (pa.float16(), K.FLOAT, "float"),
        (pa.float32(), K.FLOAT, "float"),
        (pa.float64(), K.FLOAT, "double"),
        (pa.decimal64(9, 2), K.DECIMAL, "decimal(9,2)"),
        (pa.decimal128(38, 18), K.DECIMAL, "decimal(38,18)"),
        (pa.date32(), K.DATE, "date"),
        (pa.date64(), K.DATE, "date"),
        (pa.timestamp("us", "UTC"), K.TIMESTAMP, "timestamp"),
        (pa.timestamp("ns"), K.TIMESTAMP_NTZ, "timestamp_ntz"),
        (pa.string(), K.STRING, "string"),
        (pa.large_string(), K.STRING, "string"),
        (pa.string_view(), K.STRING, "string"),
        (pa.dictionary(pa.int32(), pa.string()), K.STRING, "string"),
        (pa.run_end_encoded(pa.int32(), pa.int64()), K.INTEGER, "bigint"),
        (pa.opaque(pa.int32(), "t", "v"), K.INTEGER, "int"),
        (pa.null(), K.OTHER, "void"),
        (pa.binary(), K.BINARY, "binary"),
        (pa.binary(4), K.BINARY, "binary"),
        (pa.binary_view(), K.BINARY, "binary"),
        (pa.time64("us"), K.OTHER, "time64[us]"),
        (pa.duration("s"), K.INTEGER, "interval day to second"),
        (pa.list_(pa.int32()), K.ARRAY, "array<int>"),
        (pa.large_list(pa.string()), K.ARRAY, "array<string>"),
        (pa.map_(pa.string(), pa.float64()), K.MAP, "map<string,double>"),
        (pa.struct([("a", pa.int32()), ("b", pa.list_(pa.date32()))]), K.OTHER, "struct<a:int,b:array<date>>"),
    ],
)
def test_types(arrow_type: pa.DataType, kind: K, name: str) -> None:
    assert kind_of(arrow_type) is kind
    assert spark_type_name(arrow_type) == name
