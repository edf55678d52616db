from __future__ import annotations

import csv
import datetime as dt
import json
import math
import pickle
import weakref
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import datasketches
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from stageprint.batch.arrow_types import kind_of, spark_type_name
from stageprint.batch.column import ColumnBatch
from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError, UsageError
from stageprint.fingerprint import (
    ColumnPlan,
    TableFingerprint,
    TablePlan,
    column_profile,
    key_batch,
    merge_partials,
    pack_states,
    plan_column,
    unpack_states,
)
from stageprint.metrics.base import evaluate_all
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.states.counts import CountsState
from stageprint.states.kll import KllState
from stageprint.states.theta import ThetaState

TITANIC = Path(__file__).parents[1] / "data" / "deequ_titanic"


def plan_of(table: pa.Table, *keys: tuple[str, ...], **theta: bool) -> TablePlan:
    columns = tuple(
        plan_column(
            field.name, place, spark_type_name(field.type), kind_of(field.type), theta=theta.get(field.name, False)
        )
        for place, field in enumerate(table.schema)
    )
    return TablePlan(columns, keys)


def fingerprint(table: pa.Table, plan: TablePlan, batch_rows: int = 64) -> TableFingerprint:
    result = TableFingerprint(plan)
    for batch in table.to_batches(max_chunksize=batch_rows):
        result.update(batch)
    return result


def profiles(found: TableFingerprint) -> dict[str, ColumnProfile]:
    return {profile.column: profile for profile in found.profiles()}


@pytest.fixture
def orders() -> pa.Table:
    random = np.random.default_rng(7)
    rows = 500
    return pa.table(
        {
            "id": pa.array(np.arange(rows)),
            "country": pa.array(random.choice(["DE", "FR"], rows), mask=random.random(rows) < 0.1),
            "price": pa.array(np.round(random.lognormal(3, 1, rows), 2)),
            "day": pa.array(random.integers(19_000, 19_030, rows).astype("int32"), pa.date32()),
            "tags": pa.array([[1]] * rows),
        }
    )


class TestPlan:
    def test_default_states_by_kind(self) -> None:
        assert plan_column("a", 0, "double", ColumnKind.FLOAT).states == (
            "counts",
            "extremes",
            "hll",
            "kll",
            "moments",
            "number_forms",
            "value_counts",
        )
        assert plan_column("a", 0, "binary", ColumnKind.OTHER, theta=True).states == ("counts",)
        assert plan_column("a", 3, "boolean", ColumnKind.BOOLEAN) == ColumnPlan(
            "a", 3, "boolean", ColumnKind.BOOLEAN, ("counts",)
        )

    def test_theta_where_declared(self) -> None:
        assert "theta" not in plan_column("a", 0, "string", ColumnKind.STRING).states
        assert "theta" in plan_column("a", 0, "string", ColumnKind.STRING, theta=True).states

    def test_can_be_pickled(self, orders: pa.Table) -> None:
        plan = plan_of(orders, ("id",), ("country", "day"))
        assert pickle.loads(pickle.dumps(plan)) == plan  # noqa: S301 -- made one line above

    def test_key_of_an_unknown_column(self, orders: pa.Table) -> None:
        with pytest.raises(UsageError, match="key column 'Id' is not in the plan – did you mean 'id'"):
            plan_of(orders, ("Id",))

    def test_key_of_a_nested_column(self, orders: pa.Table) -> None:
        with pytest.raises(UsageError, match=r"key column 'tags' .* cannot be part of a key"):
            plan_of(orders, ("id", "tags"))

    def test_indices(self, orders: pa.Table) -> None:
        plan = plan_of(orders, ("id",), ("country", "day"))
        assert plan.table_index == -3
        assert list(plan.indices) == [-3, -2, -1, 0, 1, 2, 3, 4]
        assert plan.key_positions(-2) == (1, 3)
        for index in plan.indices:
            assert plan.empty_states(index)
        for index in (-4, 5):
            with pytest.raises(StateError, match=f"no partial of this table has index {index}; they go from -3 to 4"):
                plan.empty_states(index)


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


class TestBlobs:
    def test_round_trip(self, orders: pa.Table) -> None:
        for _, blob in fingerprint(orders, plan_of(orders)).partials():
            parts = unpack_states(blob)
            assert parts
            assert all(parts.values())
        assert unpack_states(pack_states({})) == {}

    @pytest.mark.parametrize(
        "blob", [b"", b"\x02", b"\x01\x05", b"\x01\x01\x09\x00\x00\x00\xff", b"\x01\x01\x09\x00\x00\x00a12"]
    )
    def test_damaged(self, blob: bytes) -> None:
        with pytest.raises(StateError, match="blob"):
            unpack_states(blob)

    def test_other_states_than_planned(self, orders: pa.Table) -> None:
        plan = plan_of(orders)
        with pytest.raises(StateError, match=r"a partial at index 1 holds .*'kll'.*; the plan keeps .*'lengths'"):
            merge_partials(plan, 1, [pack_states(plan.empty_states(0))])


class TestTitanic:
    """The profile deequ asserts of the Titanic's passengers."""

    @pytest.fixture
    def found(self) -> dict[str, dict[str, Any]]:
        options = pa.csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=True)
        table = pa.csv.read_csv(TITANIC / "titanic.csv", convert_options=options)
        result = fingerprint(table, plan_of(table))
        assert result.rows == 891
        return {name: {**evaluate_all(profile)[0], "kind": profile.kind} for name, profile in profiles(result).items()}

    @pytest.fixture
    def expected(self) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads((TITANIC / "profile.json").read_text()))

    def test_asserted_profile(self, found: dict[str, dict[str, Any]], expected: dict[str, Any]) -> None:
        kinds = {"Integral": ColumnKind.INTEGER, "Fractional": ColumnKind.FLOAT, "String": ColumnKind.STRING}
        for asserted in expected["asserted"]:
            column = found[asserted["column"]]
            assert 1 - column["null_share"] >= asserted["completeness_min"]
            assert column["kind"] is kinds[asserted["type"]]
            if "approx_distinct" in asserted:
                assert column["distinct_count"] == pytest.approx(asserted["approx_distinct"], rel=0.1)

    def test_exact_counts(self, found: dict[str, dict[str, Any]], expected: dict[str, Any]) -> None:
        exact = expected["exact_counts"]
        for column, nulls in exact["nulls"].items():
            assert found[column]["null_count"] == nulls
        for column, distinct in exact["distinct"].items():
            bounds = (found[column]["distinct_count_lower"], found[column]["distinct_count_upper"])
            assert bounds[0] <= distinct <= bounds[1]
            if distinct <= 768:
                assert found[column]["distinct_count"] == distinct
        for column, (low, high) in exact["min_max"].items():
            assert (found[column]["min"], found[column]["max"]) == (low, high)
        assert {found[column]["row_count"] for column in found} == {exact["rows"]}

    def test_figures_of_the_same_file(self, found: dict[str, dict[str, Any]]) -> None:
        # Counted by other means: the ids are 1 to 891, the ages whole but for babies and estimates (x.5).
        with (TITANIC / "titanic.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        ages = [float(row["Age"]) for row in rows if row["Age"]]
        assert found["PassengerId"]["sum_exact"] == str(891 * 892 // 2)
        assert found["Age"]["sum"] == pytest.approx(math.fsum(ages), rel=1e-12)
        assert found["Age"]["integer_share"] == sum(age.is_integer() for age in ages) / len(ages)
        assert found["Age"]["decimal_places"] == pytest.approx(
            sum(len(row["Age"].partition(".")[2].rstrip("0")) for row in rows if row["Age"]) / len(ages)
        )
        # With 681 distinct tickets 512 are sampled.
        numbers = sum(row["Ticket"].isdigit() for row in rows) / 891
        assert found["Ticket"]["shape_sample_values"] == 512
        assert found["Ticket"]["number_share"] == pytest.approx(numbers, abs=0.05)
        assert found["Sex"]["top_patterns"] == [
            {"item": "aaaa", "count": 577, "lower": 577, "upper": 577},
            {"item": "aaaaaa", "count": 314, "lower": 314, "upper": 314},
        ]


def test_a_column_that_no_key_needs_is_let_go_before_the_next_one_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[weakref.ref[ColumnBatch]] = []
    alive: list[int] = []

    class Counted(ColumnBatch):
        def __init__(self, array: pa.Array, kind: ColumnKind) -> None:
            alive.append(sum(reference() is not None for reference in taken))
            super().__init__(array, kind)
            taken.append(weakref.ref(self))

    monkeypatch.setattr("stageprint.fingerprint.ColumnBatch", Counted)
    table = pa.table({"key": ["a", "b", None], **{f"c{number}": [1.5, None, 2.5] for number in range(6)}})
    found = fingerprint(table, plan_of(table, ("key",), key=True))
    # The column of the key stays, and beside it the one that has just been taken in.
    assert alive == [0, 1, 2, 2, 2, 2, 2]
    assert len(found.states(-1)) == 2
