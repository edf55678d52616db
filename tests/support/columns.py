"""Columns of every kind: hypothesis strategies, ordinary examples, and states made of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeVar

import pyarrow as pa
from hypothesis import strategies as st

from stageprint.batch.arrow_types import kind_of
from stageprint.batch.column import ColumnBatch
from stageprint.config.sketches import SketchSettings
from stageprint.fingerprint import plan_column
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.states.base import State, all_states

SETTINGS = SketchSettings()
SMALL = SketchSettings(kll_k=64, hll_lg_k=8, theta_lg_k=6, max_items=12, shape_values=16)

S = TypeVar("S", bound=State)

ARROW_TYPES: dict[ColumnKind, list[pa.DataType]] = {
    ColumnKind.BOOLEAN: [pa.bool_()],
    ColumnKind.INTEGER: [pa.int64(), pa.int8(), pa.uint64()],
    ColumnKind.FLOAT: [pa.float64(), pa.float32()],
    ColumnKind.DECIMAL: [pa.decimal128(12, 2), pa.decimal128(38, 18), pa.decimal128(30, 0)],
    ColumnKind.DATE: [pa.date32()],
    ColumnKind.TIMESTAMP: [pa.timestamp("us", "UTC"), pa.timestamp("ms", "Europe/Berlin")],
    ColumnKind.TIMESTAMP_NTZ: [pa.timestamp("us"), pa.timestamp("s")],
    ColumnKind.STRING: [pa.string(), pa.large_string()],
    ColumnKind.BINARY: [pa.binary(), pa.large_binary()],
    ColumnKind.ARRAY: [pa.list_(pa.int64()), pa.large_list(pa.int8())],
    ColumnKind.MAP: [pa.map_(pa.int8(), pa.int64())],
    ColumnKind.OTHER: [pa.struct([pa.field("x", pa.int64())])],
}


def _decimals(digits: int, places: int) -> st.SearchStrategy[Decimal]:
    bound = 10**digits - 1
    return st.integers(-bound, bound).map(lambda value: Decimal(value).scaleb(-places))


_VALUES: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.bool_(): st.booleans(),
    pa.int64(): st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3),
    pa.int8(): st.integers(-128, 127),
    pa.uint64(): st.integers(0, 2**64 - 1) | st.integers(0, 5),
    pa.float64(): st.floats() | st.sampled_from([0.0, -0.0, 1.5]),
    pa.float32(): st.floats(width=32),
    pa.decimal128(12, 2): _decimals(12, 2),
    pa.decimal128(38, 18): _decimals(26, 18) | _decimals(4, 2),
    pa.decimal128(30, 0): _decimals(24, 0) | _decimals(3, 0),
    pa.date32(): st.dates(),
    pa.timestamp("us", "UTC"): st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)),  # noqa: DTZ001 -- Arrow takes them as UTC
    pa.timestamp("ms", "Europe/Berlin"): st.integers(-(10**14), 10**14),
    pa.timestamp("us"): st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)),  # noqa: DTZ001 -- without timezone
    pa.timestamp("s"): st.integers(-(10**11), 10**11),
    pa.string(): st.text(max_size=12) | st.sampled_from(["", " ", "a", "ä\t", " x", "-1.5", "2026-03-02", "{}"]),
    pa.large_string(): st.sampled_from(["x" * 600, "y" * 300, "z" * 300, "\u2003"]),
    pa.binary(): st.binary(max_size=9) | st.sampled_from([b"", b"\xff", b"a"]),
    pa.large_binary(): st.sampled_from([b"x" * 600, b"\x00" * 257, b"y"]),
    pa.list_(pa.int64()): st.lists(st.integers(0, 9), max_size=2),
    pa.large_list(pa.int8()): st.lists(st.none() | st.integers(0, 9), max_size=3),
    pa.map_(pa.int8(), pa.int64()): st.dictionaries(st.integers(0, 5), st.none() | st.integers(0, 5), max_size=3).map(
        lambda found: list(found.items())
    ),
    pa.struct([pa.field("x", pa.int64())]): st.fixed_dictionaries({"x": st.none() | st.integers(0, 5)}),
}


def arrays(arrow_type: pa.DataType, max_size: int = 12) -> st.SearchStrategy[pa.Array]:
    """Return a strategy of arrays of a type, nulls included."""
    rows = st.lists(st.none() | _VALUES[arrow_type], max_size=max_size)
    return rows.map(lambda values: pa.array(values, arrow_type))


def thirds(kind: ColumnKind) -> st.SearchStrategy[tuple[pa.Array, pa.Array, pa.Array]]:
    """Return a strategy of three arrays of one type of a kind."""
    return st.sampled_from(ARROW_TYPES[kind]).flatmap(lambda chosen: st.tuples(*[arrays(chosen)] * 3))


def state_of(
    cls: type[S], batches: Iterable[pa.Array], kind: ColumnKind | None = None, settings: SketchSettings = SETTINGS
) -> S:
    """Return a state that has taken in some arrays."""
    state: S | None = None
    for array in batches:
        found = kind or kind_of(array.type)
        state = state or cls.empty(found, settings)
        state.update(ColumnBatch(array, found))
    assert state is not None
    return state


def merged(one: S, *others: S) -> S:
    """Return the merge of states, which stay as they are."""
    result = type(one).from_bytes(one.to_bytes())
    for other in others:
        result.merge(other)
    return result


def profile_of(array: pa.Array, kind: ColumnKind | None = None, settings: SketchSettings = SETTINGS) -> ColumnProfile:
    """Return the profile of one array, theta included."""
    found = kind or kind_of(array.type)
    plan = plan_column("column", 0, str(array.type), found, theta=True)
    states = {name: state_of(all_states()[name], [array], found, settings) for name in plan.states}
    return ColumnProfile("column", 0, str(array.type), found, states)


EXAMPLES: dict[ColumnKind, list[Any]] = {
    ColumnKind.BOOLEAN: [True, None, False, True],
    ColumnKind.INTEGER: [3, None, -1, 0, 3, 12],
    ColumnKind.FLOAT: [0.5, None, float("nan"), float("inf"), -2.0, 0.0],
    ColumnKind.DECIMAL: [Decimal("1.50"), None, Decimal("-0.25"), Decimal("7.00")],
    ColumnKind.DATE: [dt.date(2026, 3, 2), None, dt.date(1999, 12, 31)],
    ColumnKind.TIMESTAMP: [1_700_000_000_123_456, None, 1_700_003_600_000_000],
    ColumnKind.TIMESTAMP_NTZ: [1_700_000_000_123_456, None, -1],
    ColumnKind.STRING: ["a", None, "", "  ", "ä", "a", " b"],
    ColumnKind.BINARY: [b"a", None, b"", b"\xff\x00", b"a"],
    ColumnKind.ARRAY: [[1], None, [2, 3], []],
    ColumnKind.MAP: [[(1, 2)], None, [], [(1, 5), (2, None)]],
    ColumnKind.OTHER: [{"x": 1}, None, {"x": None}],
}
"""Ordinary values of each kind, a null among them, as `ARROW_TYPES`' first type takes them."""


def example(kind: ColumnKind) -> pa.Array:
    """Return an ordinary column of a kind."""
    return pa.array(EXAMPLES[kind], ARROW_TYPES[kind][0])
