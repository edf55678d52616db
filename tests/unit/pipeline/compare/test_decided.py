from __future__ import annotations

from typing import Any

import pyarrow as pa

from stageprint.decision import DECISIONS, Calibration
from stageprint.model import TABLE_LEVEL, Slice, TableKey
from stageprint.model.judged import Judged
from stageprint.model.result_tables import SHIFTS
from stageprint.model.where import where
from stageprint.pipeline.compare.decided import DecidedTable, StoredShifts, rows_of
from stageprint.stores.memory import MemoryStore

ORDERS, ITEMS = TableKey("raw", "orders"), TableKey("raw", "items")
GERMAN = ORDERS.of_slice(Slice("country", "DE"))


def decided(key: TableKey, column: str, statistic: str = "ks", **other: Any) -> dict[str, Any]:
    part = key.slice or (None, None)
    place = {"stage": key.stage, "table_name": key.table, "slice_key": part[0], "slice_value": part[1]}
    verdict = {"references": [], "severity": "none", "deterministic": False, "explanation": "as before"}
    return {**place, "column_name": column, "statistic": statistic, **verdict, **other}


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), DECISIONS)


ALL = table(decided(ORDERS, "price"), decided(GERMAN, "price"), decided(ITEMS, "price"), decided(ORDERS, "id"))


def columns(found: pa.Table) -> list[tuple[str, str | None, str]]:
    return [(row["table_name"], row["slice_value"], row["column_name"]) for row in found.to_pylist()]


def test_rows_of_tables_and_slices() -> None:
    assert columns(rows_of(ALL, [ORDERS])) == [("orders", None, "price"), ("orders", None, "id")]
    assert columns(rows_of(ALL, {GERMAN, ITEMS})) == [("orders", "DE", "price"), ("items", None, "price")]
    assert rows_of(ALL, []).num_rows == 0
    assert rows_of(ALL, [TableKey("raworders", "")]).num_rows == 0
    assert rows_of(ALL.slice(0, 0), [ORDERS]).num_rows == 0


def test_rows_and_columns_of_whole_tables_are_counted_apart() -> None:
    more = table(decided(ORDERS, "id", "null_share"), decided(ORDERS, TABLE_LEVEL, "rows"))
    found = DecidedTable(pa.concat_tables([ALL, more]), Calibration())
    assert (found.rows, Judged.total(found.judged.values()).columns) == (6, 3)


def test_flagged_rows_are_those_with_a_severity_a_broken_rule_or_a_small_p() -> None:
    rows = [
        decided(ORDERS, "quiet", p_value=0.5),
        decided(ORDERS, "unknown"),
        decided(ORDERS, "warned", severity="warning", p_value=0.5),
        decided(ORDERS, "broken", deterministic=True),
        decided(ORDERS, "unlikely", p_value=1e-9),
    ]
    flagged = DecidedTable(table(*rows), Calibration()).flagged
    assert flagged["column_name"].to_pylist() == ["warned", "broken", "unlikely"]


def test_decided_shifts_survive_the_store() -> None:
    rows = DecidedTable(ALL, Calibration()).as_rows({"pipeline": "shop", "run_id": "a", "baseline": "auto"})
    assert rows.schema == SHIFTS.arrow_schema
    assert set(rows["baseline"].to_pylist()) == {"auto"}
    store, which = MemoryStore("shop"), where(run_id="a", baseline="auto")
    store.replace(SHIFTS, rows, which)
    stored = StoredShifts(store, which).table()
    assert stored.schema == DECISIONS
    assert stored.to_pylist() == ALL.to_pylist()
    assert StoredShifts(store, where(run_id="b")).table().num_rows == 0
