"""What every registered metric must keep to."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.batch.arrow_types import kind_of
from stageprint.metrics.base import Metric, all_metrics, evaluate_all
from stageprint.model import ALL_KINDS, ColumnKind, ColumnProfile, NotComputable
from tests.support.columns import ARROW_TYPES, EXAMPLES, example, profile_of

METRICS = [pytest.param(metric, id=name) for name, metric in all_metrics().items()]
ITEM = {"item": str, "count": int, "lower": int, "upper": int}
TYPES: dict[str, Any] = {
    "bigint": int,
    "double": float,
    "string": str,
    "array<double>": [float],
    "array<bigint>": [int],
    "array<struct<item:string,count:bigint,lower:bigint,upper:bigint>>": [ITEM],
}


def is_of(value: Any, expected: Any) -> bool:
    """Whether a value is what Spark's type takes: exactly, so that an int is no double and a bool no int."""
    if isinstance(expected, list):
        return type(value) is list and all(is_of(item, expected[0]) for item in value)
    if isinstance(expected, dict):
        return (
            type(value) is dict
            and value.keys() == expected.keys()
            and all(is_of(value[name], found) for name, found in expected.items())
        )
    return type(value) is expected and not (expected is int and abs(value) >= 2**63)


def columns() -> dict[str, tuple[pa.Array, ColumnKind]]:
    """Return columns of every kind: empty, all null, one row, ordinary, and large ones."""
    found: dict[str, tuple[pa.Array, ColumnKind]] = {}
    for kind in sorted(ALL_KINDS):
        first = ARROW_TYPES[kind][0]
        found[f"{kind.value} empty"] = pa.array([], first), kind
        found[f"{kind.value} all null"] = pa.nulls(3, first), kind
        found[f"{kind.value} one row"] = pa.array(EXAMPLES[kind][:1], first), kind
        found[f"{kind.value} ordinary"] = example(kind), kind
    random = np.random.default_rng(1)
    large = {
        "float all NaN": pa.array([math.nan] * 3),
        "float all infinite": pa.array([math.inf, -math.inf]),
        "float huge": pa.array([1e300, -1e308, 1e308]),
        "float tiny": pa.array([5e-324, 1e-320, 0.0]),
        "float normal": pa.array(random.normal(size=9_000)),
        "integer distinct": pa.array(random.permutation(9_000)),
        "integer constant": pa.array([7] * 50),
        "string distinct": pa.array([f"user-{n}" for n in range(9_000)]),
        "string frequent": pa.array([f"user-{n}" for n in range(2_000)] + ["often"] * 99),
        "timestamp distinct": pa.array(random.integers(0, 2**50, 3_000), pa.timestamp("us", "UTC")),
    }
    return found | {name: (array, kind_of(array.type)) for name, array in large.items()}


COLUMNS = [pytest.param(*column, id=name) for name, column in columns().items()]


@pytest.mark.parametrize(("array", "kind"), COLUMNS)
def test_a_value_of_its_type_or_a_reason(array: pa.Array, kind: ColumnKind) -> None:
    values, reasons = evaluate_all(profile_of(array, kind))
    assert values.keys() | reasons.keys() == all_metrics().keys()
    assert not values.keys() & reasons.keys()
    for name, value in values.items():
        metric = all_metrics()[name]
        assert is_of(value, TYPES[metric.sql_type]), (name, value)
        assert kind in metric.kinds
        if isinstance(value, float):
            assert not math.isnan(value), name
    for name, reason in reasons.items():
        assert reason, name
        if kind not in all_metrics()[name].kinds:
            assert reason.startswith("type "), name


@pytest.mark.parametrize("metric", METRICS)
def test_described(metric: Metric) -> None:
    assert metric.sql_type in TYPES
    for text in (metric.name, metric.unit, metric.source, metric.null_means, type(metric).__doc__):
        assert text
        assert text.strip() == text or text is type(metric).__doc__
    assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
    assert metric.kinds
    assert metric.needs
    for state in metric.needs:
        assert metric.kinds <= state.kinds, state.name


@pytest.mark.parametrize("metric", METRICS)
def test_without_its_states_it_is_not_computable(metric: Metric) -> None:
    kind = min(metric.kinds)
    bare = ColumnProfile("column", 0, "type", kind, {})
    assert metric.evaluate(bare) == NotComputable(f"no {metric.needs[0].name} state was kept")


@pytest.mark.parametrize(("array", "kind"), COLUMNS)
def test_with_the_states_it_names_alone_it_is_a_value_or_a_reason(array: pa.Array, kind: ColumnKind) -> None:
    column = profile_of(array, kind)
    for name, metric in all_metrics().items():
        states = {state.name: column.states[state.name] for state in metric.needs if state.name in column.states}
        alone = ColumnProfile(column.column, 0, column.data_type, column.kind, states)
        result = metric.evaluate(alone)
        assert isinstance(result, NotComputable) or is_of(result, TYPES[metric.sql_type]), name


@pytest.mark.parametrize("metric", METRICS)
def test_another_kind_is_named_in_the_reason(metric: Metric) -> None:
    for kind in ALL_KINDS - metric.kinds:
        found = metric.evaluate(ColumnProfile("column", 0, "array<int>", kind, {}))
        assert found == NotComputable("type array<int>" if kind is ColumnKind.OTHER else f"type {kind.value}")


@pytest.mark.parametrize("kind", sorted(ALL_KINDS))
@pytest.mark.parametrize("values", [[], [None, None]])
def test_without_values_nothing_but_counts_is_computed(kind: ColumnKind, values: list[None]) -> None:
    found, reasons = evaluate_all(profile_of(pa.array(values, ARROW_TYPES[kind][0]), kind))
    assert all(name.endswith(("_count", "_count_lower", "_count_upper")) or name == "null_share" for name in found)
    assert found["row_count"] == len(values)
    assert ("null_share" in found) == bool(values)
    assert reasons.get("mean", "no non-null values") in {
        "no non-null values",
        f"type {kind.value}",
        "type struct<x: int64>",
    }
