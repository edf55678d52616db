from __future__ import annotations

import weakref
from typing import cast

import pyarrow as pa
import pytest

from stageprint.batch.column import ColumnBatch
from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.fingerprint import ColumnPlan, TableFingerprint, TablePlan, column_profile, merge_partials, plan_column
from stageprint.metrics.base import evaluate_all
from stageprint.model import ColumnKind
from stageprint.states.counts import CountsState
from stageprint.states.kll import KllState
from stageprint.states.theta import ThetaState
from tests.unit.fingerprint.tables import fingerprint, plan_of, profiles


class TestTable:
    def test_partials_merge_to_the_whole(self, orders: pa.Table) -> None:
        plan = plan_of(orders, ("id",), ("country", "day"), country=True)
        whole = fingerprint(orders, plan, 500)
        parts = [fingerprint(orders.slice(start, 125), plan, 50) for start in range(0, 500, 125)]
        for index in plan.indices:
            blobs = [dict(part.partials())[index] for part in parts]
            found = merge_partials(plan, index, blobs)
            assert found.keys() == whole.states(index).keys()
            for name in found.keys() - {"kll", "moments"}:
                assert found[name].to_bytes() == whole.states(index)[name].to_bytes(), (index, name)
            # The order in which partials arrive changes nothing.
            again = merge_partials(plan, index, reversed(blobs))
            for name in found.keys() - {"kll"}:
                assert again[name].to_bytes() == found[name].to_bytes(), (index, name)

    def test_merge(self, orders: pa.Table) -> None:
        plan = plan_of(orders, ("id",))
        one, two = fingerprint(orders.slice(0, 100), plan), fingerprint(orders.slice(100), plan)
        one.merge(two)
        assert one.rows == 500
        whole = profiles(fingerprint(orders, plan))
        values, _ = evaluate_all(profiles(one)["price"])
        expected, _ = evaluate_all(whole["price"])
        assert values["mean"] == pytest.approx(expected["mean"], rel=1e-14)
        assert values["distinct_count"] == expected["distinct_count"]

    def test_other_plans_do_not_merge(self, orders: pa.Table) -> None:
        with pytest.raises(StateError, match="different plans"):
            TableFingerprint(plan_of(orders)).merge(TableFingerprint(plan_of(orders, ("id",))))

    def test_columns_are_found_by_position(self, orders: pa.Table) -> None:
        plan = plan_of(orders)
        renamed = orders.rename_columns(["X", "x", "x", "é", "X"])
        found = profiles(fingerprint(renamed, plan))
        assert list(found) == orders.column_names
        assert evaluate_all(found["country"])[0] == evaluate_all(profiles(fingerprint(orders, plan))["country"])[0]

    def test_a_batch_of_another_width(self, orders: pa.Table) -> None:
        with pytest.raises(StateError, match="the plan has 5 columns, the record batch 4"):
            TableFingerprint(plan_of(orders)).update(orders.select(range(4)).to_batches()[0])

    def test_a_column_that_is_not_what_was_planned(self) -> None:
        plan = TablePlan((plan_column("age", 0, "int", ColumnKind.INTEGER),))
        with pytest.raises(StateError, match="column 'age': a column of Arrow type string cannot be taken as integer"):
            TableFingerprint(plan).update(pa.record_batch({"age": ["old"]}))

    def test_a_table_without_columns_has_rows(self) -> None:
        plan = TablePlan(())
        found = TableFingerprint(plan)
        found.update(pa.RecordBatch.from_struct_array(pa.array([{}] * 7, pa.struct([]))))
        assert found.rows == 7
        (index, blob), *others = found.partials()
        assert (index, others) == (plan.table_index, [])
        states = merge_partials(plan, index, [blob, blob])
        assert cast("CountsState", states["counts"]).rows == 14

    def test_no_rows_at_all(self, orders: pa.Table) -> None:
        plan = plan_of(orders, ("id",))
        for index in plan.indices:
            assert merge_partials(plan, index, []).keys() == plan.empty_states(index).keys()
        assert TableFingerprint(plan).rows == 0

    def test_settings_reach_the_states(self, orders: pa.Table) -> None:
        settings = SketchSettings(kll_k=50, hll_lg_k=9, theta_lg_k=7, max_items=8)
        columns = plan_of(orders).columns
        states = TableFingerprint(TablePlan(columns, (), settings)).states(0)
        assert cast("KllState", states["kll"]).k == 50

    def test_a_column_that_is_only_part_of_a_key(self, orders: pa.Table) -> None:
        columns = (ColumnPlan("id", 0, "bigint", ColumnKind.INTEGER, ()),)
        found = fingerprint(orders.select(["id"]), TablePlan(columns, (("id",),)))
        assert list(found.profiles()) == []
        assert cast("ThetaState", found.states(-1)["theta"]).estimate().estimate == 500

    def test_profile(self, orders: pa.Table) -> None:
        plan = plan_of(orders)
        profile = column_profile(plan, 2, plan.empty_states(2))
        assert (profile.column, profile.position, profile.data_type) == ("price", 2, "double")


def test_a_column_that_no_key_needs_is_let_go_before_the_next_one_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[weakref.ref[ColumnBatch]] = []
    alive: list[int] = []

    class Counted(ColumnBatch):
        def __init__(self, array: pa.Array, kind: ColumnKind) -> None:
            alive.append(sum(reference() is not None for reference in taken))
            super().__init__(array, kind)
            taken.append(weakref.ref(self))

    monkeypatch.setattr("stageprint.fingerprint.table.ColumnBatch", Counted)
    table = pa.table({"key": ["a", "b", None], **{f"c{number}": [1.5, None, 2.5] for number in range(6)}})
    found = fingerprint(table, plan_of(table, ("key",), key=True))
    # The column of the key stays, and beside it the one that has just been taken in.
    assert alive == [0, 1, 2, 2, 2, 2, 2]
    assert len(found.states(-1)) == 2
