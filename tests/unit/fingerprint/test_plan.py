from __future__ import annotations

import pickle

import pyarrow as pa
import pytest

from stageprint.errors import StateError, UsageError
from stageprint.fingerprint import ColumnPlan, plan_column
from stageprint.model import ColumnKind
from tests.unit.fingerprint.tables import plan_of


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
            with pytest.raises(StateError, match=f"this table has no partial {index}; its indices are -3 to 4"):
                plan.empty_states(index)
