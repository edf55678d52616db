from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import cast

import datasketches
import pyarrow as pa

from stageprint.batch.arrow_types import kind_of
from stageprint.batch.column import ColumnBatch
from stageprint.fingerprint import key_batch
from stageprint.states.counts import CountsState
from stageprint.states.theta import ThetaState
from tests.unit.fingerprint.tables import fingerprint, plan_of


class TestKeys:
    def key(self, table: pa.Table, *columns: str) -> tuple[ThetaState, CountsState]:
        states = fingerprint(table, plan_of(table, columns)).states(-1)
        return cast("ThetaState", states["theta"]), cast("CountsState", states["counts"])

    def test_one_column_is_hashed_as_the_bare_value(self) -> None:
        table = pa.table({"id": [1, 2, None, 2]})
        theta, counts = self.key(table, "id")
        sketch = datasketches.update_theta_sketch()
        for value in (1, 2):
            sketch.update(value)
        assert theta.to_bytes()[2:] == sketch.compact().serialize()
        assert (counts.rows, counts.nulls) == (4, 1)

    def test_several_columns_are_one_text(self) -> None:
        time = dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.timezone.utc)
        table = pa.table(
            {
                "i": [1, 2, None],
                "s": ["ä", None, "b"],
                "d": [dt.date(2026, 3, 2)] * 3,
                "t": pa.array([time] * 3, pa.timestamp("us", "UTC")),
                "m": pa.array([Decimal("1.50")] * 3),
            }
        )
        batches = [ColumnBatch(column, kind_of(column.type)) for column in table.columns]
        text = "1\x1fä\x1f2026-03-02\x1f1000000\x1f1.5"
        assert key_batch(batches).row_texts().to_pylist() == [text, None, None]
        theta, counts = self.key(table, "i", "s", "d", "t", "m")
        sketch = datasketches.update_theta_sketch()
        sketch.update(text)
        assert theta.to_bytes()[2:] == sketch.compact().serialize()
        assert (counts.rows, counts.nulls) == (3, 2)

    def test_equal_numbers_are_equal_keys_whatever_their_type(self) -> None:
        types = (pa.int8(), pa.int64(), pa.decimal128(38, 18), pa.float64())
        keys = [
            self.key(pa.table({"a": pa.array([3, 4]).cast(found), "b": ["x", "y"]}), "a", "b")[0] for found in types
        ]
        assert len({key.to_bytes() for key in keys}) == 1

    def test_parts_do_not_run_into_each_other(self) -> None:
        theta, _ = self.key(pa.table({"a": ["x", "xy"], "b": ["yz", "z"]}), "a", "b")
        assert theta.estimate().estimate == 2
