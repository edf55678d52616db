"""Distinct rows are those of Arrow's own grouping."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from stageprint.model.distinct_rows import distinct_rows
from stageprint.pipeline import column_results
from stageprint.shifts.distributions.constant import Constant


@pytest.mark.parametrize("rows", [0, 1, 500])
def test_each_combination_is_there_once_in_the_order_of_its_first_row(rows: int) -> None:
    draw = random.Random(rows)  # noqa: S311 -- no secret
    columns = {
        "text": [draw.choice(["a", "b", "", None]) for _ in range(rows)],
        "number": [draw.choice([1, 2, 3, None]) for _ in range(rows)],
        "more": [str(draw.randrange(5)) for _ in range(rows)],
    }
    table = pa.table(columns, pa.schema({"text": pa.string(), "number": pa.int64(), "more": pa.string()}))
    chunked = pa.concat_tables([table.slice(0, rows // 3), table.slice(rows // 3)])
    for names in (["text"], ["number", "text"], ["text", "number", "more"]):
        expected = list(dict.fromkeys(zip(*(columns[name] for name in names), strict=True)))
        found = distinct_rows(chunked, names)
        assert found.column_names == names
        assert list(zip(*(found[name].to_pylist() for name in names), strict=True)) == expected


def test_the_rule_that_tells_what_advances_has_its_name() -> None:
    assert Constant.name == column_results._CONSTANT
