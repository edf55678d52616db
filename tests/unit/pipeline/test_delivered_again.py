"""A table that is delivered again with one column transformed is found with a single earlier run, and named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from stageprint.config.loader import parse_config
from stageprint.model import Severity
from stageprint.model.outcomes import CompareOutcome
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.stores.memory import MemoryStore
from tests.support.memory_engine import MemoryEngine

ROWS = 600
START = dt.datetime(2026, 3, 20)  # noqa: DTZ001 -- a timestamp without time zone
CLOCKS_CHANGE = dt.datetime(2026, 3, 29)  # noqa: DTZ001
CONFIG = parse_config(
    "{pipeline: shop, store: s, stages: [{name: raw, tables: [{name: orders, source: {table: orders}}]}]}"
)


def orders(seed: int = 1) -> pa.Table:
    random = np.random.default_rng(seed)
    seconds = np.sort(random.triangular(0, 40_000, 86_400, ROWS) * 20).astype(int)
    return pa.table(
        {
            "id": pa.array(np.arange(ROWS)),
            "name": pa.array([f"n{row % 70}" for row in range(ROWS)]),
            "price": pa.array(np.round(random.normal(20, 5, ROWS), 2)),
            "cost": pa.array(np.round(random.normal(21, 5, ROWS), 2)),
            "days": pa.array(random.poisson(4, ROWS)),
            "at": pa.array([START + dt.timedelta(seconds=int(one)) for one in seconds], pa.timestamp("us")),
        }
    )


def with_column(table: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def price(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[pa.Table], pa.Table]:
    return lambda table: with_column(table, "price", pa.array(change(np.asarray(table["price"]))))


def clock(hours: Callable[[dt.datetime], int]) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        moved = [one + dt.timedelta(hours=hours(one)) for one in table["at"].to_pylist()]
        return with_column(table, "at", pa.array(moved, pa.timestamp("us")))

    return change


def swapped(table: pa.Table) -> pa.Table:
    return with_column(with_column(table, "price", table["cost"]), "cost", table["price"])


def compared(*runs: pa.Table) -> CompareOutcome:
    rows = {f"2026-04-{day:02}": {"raw.orders": table} for day, table in enumerate(runs, 1)}
    store = MemoryStore("shop")
    profile(CONFIG, list(rows), engine=MemoryEngine(rows), store=store)
    return compare(CONFIG, list(rows), store=store)


@pytest.mark.parametrize(
    ("change", "column", "cause"),
    [
        (clock(lambda _: 1), "at", "wrong_timezone"),
        (clock(lambda at: 1 if at < CLOCKS_CHANGE else 2), "at", "wrong_timezone"),
        (price(lambda values: np.round(values + 3.7, 2)), "price", "offset"),
        (price(lambda values: values * 1.1), "price", "unit_change"),
        (price(np.negative), "price", "unit_change"),
        (swapped, "price", "column_swapped"),
    ],
    ids=["zone", "zone with daylight saving time", "offset", "unit", "sign", "exchanged"],
)
def test_what_was_done_to_every_value_is_named_in_the_second_run(
    change: Callable[[pa.Table], pa.Table], column: str, cause: str
) -> None:
    (finding,) = compared(orders(), change(orders())).findings
    assert (finding.severity, finding.cause) == (Severity.CRITICAL, cause)
    # Of two columns that changed places either may be named first.
    assert finding.origin.column == column or finding.evidence["partner"] == column


def test_the_same_change_with_other_rows_is_no_exact_signature() -> None:
    """Times on a grid have the same central moments in any run: alone they say nothing."""
    assert compared(orders(), clock(lambda _: 1)(with_column(orders(2), "at", orders()["at"]))).findings == []


def test_ages_that_grow_with_time_are_no_fault() -> None:
    def aged(days: int) -> pa.Table:
        return with_column(orders(), "days", pa.array(np.asarray(orders()["days"]) + days))

    assert compared(*(aged(day) for day in range(4))).findings == []
    # Now and then by one is no exact signature either; that no run before was as high is for review.
    now_and_then = compared(*(aged(day // 2) for day in range(4))).findings
    assert {one.severity for one in now_and_then} <= {Severity.REVIEW}


def test_a_table_that_is_exactly_as_before_has_nothing_transformed() -> None:
    assert compared(orders(), orders()).findings == []
