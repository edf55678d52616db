from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from stageprint.pipeline.values import values_of

_ITEMS = pa.list_(pa.struct([("item", pa.string()), ("count", pa.int64())]))


@pytest.mark.parametrize(
    ("of", "values"),
    [
        (
            _ITEMS,
            [[{"item": "a", "count": 1}, {"item": None, "count": 2}], None, [], [None, {"item": "b", "count": 3}]],
        ),
        (_ITEMS, []),
        (pa.list_(pa.float64()), [[1.0, None], None, []]),
        (pa.string(), ["a", None]),
    ],
)
def test_values_are_those_of_arrow(of: pa.DataType, values: list[Any]) -> None:
    column = pa.chunked_array([pa.array(values, of), pa.array(values, of)], of)
    assert values_of(column) == column.to_pylist() == [*values, *values]
    assert values_of(column[1:]) == column[1:].to_pylist()
