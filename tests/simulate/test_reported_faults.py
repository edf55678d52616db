"""Faults and healthy shifts that were met in real tables, each planted alone in a daily table with 28 runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from scripts.yardsticks.judging import compact, judge
from scripts.yardsticks.profiles import config_of, profiled
from stageprint.config.pipeline import PipelineConfig
from stageprint.model import Finding, Severity
from stageprint.stores.memory import MemoryStore

HISTORY: Final = 28
FIRST: Final = dt.date(2026, 3, 2)
DAYS: Final = [FIRST + dt.timedelta(days=number) for number in range(HISTORY + 1)]
LAST: Final = str(DAYS[-1])

Tables = dict[str, pa.Table]


def _orders(rng: np.random.Generator, day: dt.date) -> pa.Table:
    """Orders of a day: rows vary by a tenth, and the nulls of a survey between 0 and 45 %."""
    count = int(600 * np.exp(rng.normal(0, 0.05)))
    price = np.exp(rng.normal(3, 0.02) + rng.normal(0, 0.6, count))
    first = (day - FIRST).days * 1000
    return pa.table(
        {
            "order_id": [f"A{first + number:07d}" for number in range(count)],
            "price": price,
            "channel": rng.choice(["web", "shop", "phone"], count, p=[0.6, 0.3, 0.1]),
            "score": pa.array(rng.normal(0, 1, count), mask=rng.random(count) < rng.uniform(0.013, 0.022)),
            "survey": pa.array(rng.normal(5, 2, count), mask=rng.random(count) < rng.uniform(0, 0.45)),
            **{f"block_{n}": pa.array(rng.normal(n, 1, count), mask=rng.random(count) < 0.008) for n in range(4)},
            "year": np.full(count, day.year),
            "month": np.full(count, day.month),
            "day": np.full(count, day.day),
        }
    )


def _visits(rng: np.random.Generator) -> pa.Table:
    """20 to 80 rows with two labels that never change."""
    count = int(rng.integers(20, 81))
    return pa.table({"arm": rng.choice(["left", "right"], count), "age": rng.normal(60, 10, count)})


class Shop:
    """The store after 28 runs, and the rows of the next one."""

    def __init__(self) -> None:
        rng, other = np.random.default_rng(240), np.random.default_rng(241)
        runs: dict[str, Tables] = {str(day): {"orders": _orders(rng, day), "visits": _visits(other)} for day in DAYS}
        self.next = runs.pop(LAST)
        self.config: PipelineConfig = config_of("shop", ["orders", "visits"])
        self.store = MemoryStore("shop")
        profiles = profiled(self.config, runs, keep=False)
        self.history = dict(judge(self.config, profiles, list(runs), self.store))
        compact(self.store)

    def findings(self, **changed: pa.Table) -> list[Finding]:
        """Return the findings of the next run, with some tables changed."""
        made = profiled(self.config, {LAST: {**self.next, **changed}}, keep=False)
        ((_, found),) = judge(self.config, made, [LAST], self.store.copy())
        return found


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop()


def worst(found: list[Finding], column: str | None = None, table: str = "orders") -> Severity:
    """Return the worst severity of what begins in a table, or in one of its columns."""
    about = [one.severity for one in found if one.origin.table == table and column in {None, one.origin.column}]
    return max(about, key=lambda severity: severity.rank, default=Severity.NONE)


def alerting(found: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.run_id, str(one.origin), one.cause) for one in found if one.severity.rank >= Severity.WARNING.rank]


def nulls(values: pa.ChunkedArray, share: float) -> pa.Array:
    hit = np.random.default_rng(1).random(len(values)) < share
    return pc.if_else(pa.array(hit), pa.scalar(None, values.type), values.combine_chunks())


def replaced(table: pa.Table, columns: Mapping[str, Any]) -> pa.Table:
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, values)
    return table


def test_healthy_runs_are_silent_calendar_parts_and_all(shop: Shop) -> None:
    found = [alert for findings in shop.history.values() for alert in alerting(findings)]
    assert found == []
    assert alerting(shop.findings()) == []


@pytest.mark.parametrize("times", [10, 0.1, 0.5])
def test_rows_beyond_all_that_was_ever_seen_are_critical(shop: Shop, times: float) -> None:
    orders = shop.next["orders"]
    made = pa.concat_tables([orders] * int(times)) if times > 1 else orders.slice(0, int(times * len(orders)))
    assert worst(shop.findings(orders=made)) == Severity.CRITICAL


def test_a_blank_after_every_identifier_is_an_alert(shop: Shop) -> None:
    orders = shop.next["orders"]
    padded = pc.binary_join_element_wise(orders["order_id"], "", " ")
    found = shop.findings(orders=replaced(orders, {"order_id": padded}))
    assert worst(found, "order_id").rank >= Severity.WARNING.rank


def test_a_tenth_of_the_prices_times_ten_is_an_alert(shop: Shop) -> None:
    orders = shop.next["orders"]
    price = orders["price"].to_numpy().copy()
    price[::10] *= 10
    assert (
        worst(shop.findings(orders=replaced(orders, {"price": pa.array(price)})), "price").rank >= Severity.WARNING.rank
    )


@pytest.mark.parametrize(("column", "share"), [("score", 0.117), ("survey", 0.87), ("survey", 1.0)])
def test_nulls_that_a_column_never_had_are_an_alert(shop: Shop, column: str, share: float) -> None:
    orders = shop.next["orders"]
    found = shop.findings(orders=replaced(orders, {column: nulls(orders[column], share)}))
    assert worst(found, column).rank >= Severity.WARNING.rank


def test_nulls_in_several_columns_of_a_table_at_once_are_an_alert(shop: Shop) -> None:
    orders = shop.next["orders"]
    blocks = [f"block_{n}" for n in range(4)]
    found = shop.findings(orders=replaced(orders, {name: nulls(orders[name], 0.15) for name in blocks}))
    assert worst(found).rank >= Severity.WARNING.rank


@pytest.mark.parametrize(("hit", "rows"), [(4, 17), (9, 78)])
def test_a_label_that_was_never_there_is_told_in_a_small_table(shop: Shop, hit: int, rows: int) -> None:
    labels = ["both"] * hit + ["left", "right"] * ((rows - hit) // 2)
    ages = np.random.default_rng(3).normal(60, 10, len(labels))
    found = shop.findings(visits=pa.table({"arm": labels, "age": ages}))
    (finding,) = [one for one in found if one.origin.column == "arm"]
    assert finding.severity.rank >= Severity.WARNING.rank
    assert finding.cause == "unseen_category"
