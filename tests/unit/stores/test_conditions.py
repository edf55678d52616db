from __future__ import annotations

import json
from functools import reduce
from operator import or_

from stageprint.model.where import NO_ROW, AtMost, Where, where
from stageprint.stores.conditions import Dialect, on_stored_columns, to_sql

DIALECT = Dialect(name=str.upper, text=json.dumps, number=lambda value: f"<{value}>")


def test_names_texts_and_numbers_are_written_in_the_dialect() -> None:
    rows = where(run_id='a"b', p_value=AtMost(0.5), backtests=[3, None])
    assert (
        to_sql(rows, DIALECT) == 'RUN_ID IN ("a\\"b") AND P_VALUE <= <0.5> AND (BACKTESTS IN (3) OR BACKTESTS IS NULL)'
    )


def test_many_alternatives_are_nested_in_halves_and_few_are_not() -> None:
    def deepest(count: int) -> int:
        text = to_sql(reduce(or_, (where(run_id=f"r{n}", stage=f"s{n}") for n in range(count))), DIALECT)
        assert text.count('STAGE IN ("s') == count + 1  # once each, and all of them in front
        depth = found = 0
        for character in text:
            depth += (character == "(") - (character == ")")
            found = max(found, depth)
        return found

    assert deepest(8) == 3
    assert deepest(4096) == 3 + 9


def test_a_column_that_the_table_lacks_is_null_in_every_row() -> None:
    rows = where(run_id="a", new=[1, None]) | where(run_id="b", new=1) | where(run_id="c", new=AtMost(2))
    assert on_stored_columns(rows, {"run_id"}) == where(run_id="a")
    assert on_stored_columns(where(new=None), {"run_id"}) == Where()
    assert on_stored_columns(where(new=1), {"run_id"}) == NO_ROW
    assert on_stored_columns(rows, {"run_id", "new"}) == rows
