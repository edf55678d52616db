from __future__ import annotations

import pyarrow as pa
import pytest

from stageprint.model.sql_types import arrow_type


@pytest.mark.parametrize(
    ("sql", "arrow"),
    [
        ("bigint", pa.int64()),
        ("timestamp", pa.timestamp("us", "UTC")),
        ("array<string>", pa.list_(pa.field("element", pa.string()))),
        ("map<string,double>", pa.map_(pa.string(), pa.float64())),
        ("struct<a:int,b:binary>", pa.struct([("a", pa.int32()), ("b", pa.binary())])),
        (
            "array<struct<item:string,bounds:struct<lower:bigint,upper:bigint>,why:map<string,string>>>",
            pa.list_(
                pa.field(
                    "element",
                    pa.struct(
                        [
                            ("item", pa.string()),
                            ("bounds", pa.struct([("lower", pa.int64()), ("upper", pa.int64())])),
                            ("why", pa.map_(pa.string(), pa.string())),
                        ]
                    ),
                )
            ),
        ),
    ],
)
def test_types_nest(sql: str, arrow: pa.DataType) -> None:
    assert arrow_type(sql) == arrow


@pytest.mark.parametrize(
    "sql", ["decimal(10,2)", "array<string,int>", "map<string>", "struct<>", "struct<a>", "Int", ""]
)
def test_a_type_that_no_result_table_uses_is_refused(sql: str) -> None:
    with pytest.raises(ValueError, match=r"expected one of string, binary, .* got"):
        arrow_type(sql)
