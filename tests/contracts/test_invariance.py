"""A profile says the same of the same rows, in whatever order, parts and batches they come."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stageprint.batch.arrow_types import kind_of, spark_type_name
from stageprint.fingerprint import TableFingerprint, TablePlan, plan_column
from stageprint.metrics.base import all_metrics, evaluate_all

ROWS = 400
MOMENTS = {"mean", "standard_deviation", "skewness", "kurtosis", "sum"}


def table() -> pa.Table:
    rng = np.random.default_rng(3)
    numbers = np.round(rng.normal(0, 20, ROWS), 2)
    return pa.table(
        {
            "x": pa.array(numbers, mask=rng.random(ROWS) < 0.1),
            "n": pa.array(rng.integers(-3, 9, ROWS)),
            "s": pa.array([f"v{value}" if value else None for value in rng.integers(0, 40, ROWS)]),
            "b": pa.array(rng.random(ROWS) < 0.3),
            "t": pa.array(rng.integers(0, 10**15, ROWS), pa.timestamp("us", "UTC")),
            "d": pa.array(rng.integers(0, 900, ROWS), pa.int32()).cast(pa.date32()),
            "l": pa.array([[int(value)] * int(value % 3) for value in rng.integers(0, 9, ROWS)]),
        }
    )


TABLE = table()
PLAN = TablePlan(
    tuple(
        plan_column(field.name, place, spark_type_name(field.type), kind_of(field.type), theta=True)
        for place, field in enumerate(TABLE.schema)
    ),
    (("n", "s"),),
)
EXACT = {name for name, metric in all_metrics().items() if metric.exact}


def fingerprint(parts: list[pa.Table], batch: int) -> TableFingerprint:
    found = TableFingerprint(PLAN)
    for part in parts:
        own = TableFingerprint(PLAN)
        for rows in part.combine_chunks().to_batches(max_chunksize=batch):
            own.update(rows)
        found.merge(own)
    return found


WHOLE = fingerprint([TABLE], ROWS)


@given(st.permutations(range(ROWS)), st.lists(st.integers(0, ROWS), max_size=4), st.integers(1, ROWS))
def test_order_parts_and_batches_make_no_difference(order: list[int], cuts: list[int], batch: int) -> None:
    shuffled = TABLE.take(pa.array(order))
    bounds = [0, *sorted(cuts), ROWS]
    parts = [shuffled.slice(low, high - low) for low, high in itertools.pairwise(bounds)]
    found = fingerprint(parts, batch)
    assert found.rows == WHOLE.rows
    checked = 0
    for one, other in zip(found.profiles(), WHOLE.profiles(), strict=True):
        (values, reasons), (expected, expected_reasons) = evaluate_all(one), evaluate_all(other)
        assert reasons == expected_reasons
        for name in EXACT & expected.keys():
            checked += 1
            if name in MOMENTS:
                assert np.isclose(values[name], expected[name], rtol=1e-9, atol=1e-9), (one.column, name)  # type: ignore[arg-type]
            else:
                assert values[name] == expected[name], (one.column, name)
    assert checked > 80
    # Fewer rows than any sketch holds: they are exact, and equal too.
    for index in PLAN.indices:
        for name in {"theta", "value_counts", "lengths", "counts", "extremes"} & found.states(index).keys():
            assert found.states(index)[name].to_bytes() == WHOLE.states(index)[name].to_bytes(), (index, name)
