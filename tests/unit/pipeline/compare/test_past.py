from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.decision import DECISIONS, Calibration
from stageprint.decision.classes import ONE_RUN
from stageprint.model import ColumnKey
from stageprint.model.result_tables import CALIBRATION, SHIFTS, ResultTable
from stageprint.model.where import EVERY_ROW, Where, where
from stageprint.pipeline.compare.decided import DecidedTable, StoredShifts
from stageprint.pipeline.compare.past import Past
from stageprint.stores.memory import MemoryStore

RUNS = ["1", "2", "3", "4", "5"]
PRICE, ITEMS = ColumnKey("raw", "orders", "price"), ColumnKey("raw", "orders", "items")


class CountingStore(MemoryStore):
    """A store that counts how often each table is read."""

    def __init__(self, pipeline: str) -> None:
        super().__init__(pipeline)
        self.reads: list[str] = []

    def read(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> pa.Table:
        self.reads.append(table.name)
        return super().read(table, rows, columns)


def shift(run: str, key: ColumnKey, **other: Any) -> dict[str, Any]:
    place = {"pipeline": "shop", "run_id": run, "stage": key.stage, "table_name": key.table, "column_name": key.column}
    verdict = {"references": [], "severity": "none", "deterministic": False, "explanation": "as before"}
    return {**place, "baseline": "auto", "statistic": "ks", **verdict, **other}


@pytest.fixture
def store() -> CountingStore:
    rows = [
        shift("1", PRICE, severity="critical", p_value=1e-12),
        shift("2", PRICE, severity="review", p_value=1e-4),
        shift("3", PRICE, p_value=0.5),
        shift("3", ITEMS),
        shift("4", ITEMS, severity="warning"),
        shift("4", PRICE, severity="warning", baseline="run:1"),
        *(shift(run, ColumnKey("raw", "orders", "id"), p_value=0.9) for run in RUNS),
    ]
    found = CountingStore("shop")
    found.replace(SHIFTS, SHIFTS.rows(rows), where(run_id=RUNS))
    return found


def loaded(store: CountingStore, *, decisions: bool = True) -> Past:
    past = Past(store, "auto")
    past.load(RUNS, decisions=decisions)
    return past


def test_alerting_and_suspect_columns_of_each_run(store: CountingStore) -> None:
    past = loaded(store)
    assert past.alerting == {"1": {PRICE}, "2": set(), "3": set(), "4": {ITEMS}, "5": set()}
    assert past.suspect == {"1": {PRICE}, "2": {PRICE}, "3": set(), "4": set(), "5": set()}
    assert past.flagged_runs(["1", "2", "4", "9"], PRICE) == ["1"]


def test_a_suspect_run_is_flagged_until_the_next_run_is_known_and_after_it_only_where_that_is_flagged_too() -> None:
    past = Past(CountingStore("shop"), "auto")
    past.alerting = {"6": {PRICE}}
    past.suspect = {"3": {PRICE}, "5": {PRICE, ITEMS}, "8": {ITEMS}}
    assert past.flagged_runs(["1", "2", "3"], PRICE) == ["3"]
    assert past.flagged_runs(["1", "2", "3", "4"], PRICE) == []
    assert past.flagged_runs(["1", "2", "3", "4", "5", "6", "7"], PRICE) == ["5", "6"]
    before = ["1", "2", "3", "4", "5"]
    assert (past.unconfirmed_runs(before, "6", PRICE), past.unconfirmed_runs(before, "6", ITEMS)) == ([], ["5"])
    assert past.unconfirmed_runs([*before, "6", "7"], "8", ITEMS) == []


def test_a_comparison_with_another_baseline_does_not_count(store: CountingStore) -> None:
    past = Past(store, "run:1")
    past.load(RUNS, decisions=True)
    assert past.alerting["4"] == {PRICE}
    assert past.alerting["1"] == set()


@pytest.mark.parametrize("decisions", [True, False], ids=["in memory", "in the store"])
def test_decisions_of_the_latest_runs_are_at_hand(store: CountingStore, *, decisions: bool) -> None:
    past = loaded(store, decisions=decisions)
    assert past.latest(RUNS) == ["3", "4", "5"]
    assert isinstance(past.shifts("3"), DecidedTable if decisions else StoredShifts)
    found = past.shifts("3").table()
    assert found.schema == DECISIONS
    assert sorted(found["column_name"].to_pylist()) == ["id", "items", "price"]


def test_nothing_is_read_twice(store: CountingStore) -> None:
    past = loaded(store)
    store.reads.clear()
    past.load(RUNS[1:], decisions=True)
    assert store.reads == []


def test_a_run_that_was_just_compared_is_known_without_the_store(store: CountingStore) -> None:
    past = loaded(store)
    store.reads.clear()
    rows = [{k: v for k, v in shift("6", PRICE, severity="warning", p_value=1e-9).items() if k in DECISIONS.names}]
    decided = DecidedTable(pa.Table.from_pylist(rows, DECISIONS), Calibration())
    past.add("6", decided)
    assert past.latest([*RUNS, "6"]) == ["4", "5", "6"]
    assert past.shifts("6") is decided
    assert past.alerting["6"] == past.suspect["6"] == {PRICE}
    assert store.reads == []


def test_scores_survive_the_store_and_those_of_bad_runs_do_not_count() -> None:
    def scores(*values: float) -> Calibration:
        return Calibration.from_arrow(
            pa.Table.from_pylist(
                [
                    {
                        "column_kind": "float",
                        "statistic": "ks",
                        "backtests": 3,
                        "behaviour": "calm",
                        "runs": ONE_RUN,
                        "scores": 10,
                        "top": sorted(values, reverse=True),
                        "truncated_below": 0.0,
                        "alerting_scores": [],
                    }
                ],
                pa.schema([field for field in CALIBRATION.arrow_schema if field.name not in FACTS]),
            )
        )

    store = CountingStore("shop")
    past = Past(store, "auto")
    for run, top in (("1", 1.0), ("2", 2.0)):
        past.add(run, DecidedTable(DECISIONS.empty_table(), scores(top)))
        rows = past.scores_as_rows(run, {"pipeline": "shop", "run_id": run, "baseline": "auto", "manifest_id": "m"})
        assert rows.schema == CALIBRATION.arrow_schema
        store.replace(CALIBRATION, rows, where(run_id=run, baseline="auto"))

    read = Past(store, "auto")
    read.load(["1", "2"], decisions=True)
    for known in (past, read):
        (both,) = known.calibration(["1", "2", "3"], bad=()).to_arrow().to_pylist()
        assert (both["scores"], both["top"]) == (20, [2.0, 1.0])
        (one,) = known.calibration(["1", "2"], bad=["2"]).to_arrow().to_pylist()
        assert np.allclose(one["top"], [1.0])


FACTS = ("pipeline", "run_id", "baseline")
