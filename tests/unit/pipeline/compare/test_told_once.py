"""Events are told once, whatever the state they lead to; what is lost stays lost and is told in each run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest

from stageprint.model import Finding
from stageprint.pipeline.compare import compare
from stageprint.pipeline.results import Results
from stageprint.stores.memory import MemoryStore
from tests.support.days import Columns, Fault, arrow, change, config_of, lose, orders, run_name, without
from tests.support.memory_engine import profiled_store

CONFIG = config_of()
DAYS = 9


def filled(column: str, value: object) -> Fault:
    return lambda table, _: {**table, column: np.repeat(np.array(value), len(table["id"]))}


def some(column: str, value: str) -> Fault:
    return lambda table, rng: {**table, column: np.where(rng.random(len(table["id"])) < 0.15, value, table[column])}


def renamed(old: str, new: str) -> Fault:
    return lambda table, _: {(new if name == old else name): values for name, values in table.items()}


def without_values(column: str) -> Fault:
    return lambda table, _: {**table, column: pa.nulls(len(table["id"]), pa.string())}


def with_values(column: str) -> Fault:
    return lambda table, rng: {**table, column: rng.normal(5, 1, len(table["id"]))}


SINCE: Mapping[int, tuple[Fault, ...]] = {
    1: (filled("version", "1.2"), without_values("note")),
    4: (renamed("weight", "kg"),),
    5: (some("city", "Essen"), change("rating", lambda values: values.astype(int).astype(str))),
    6: (filled("version", "1.3"),),
    7: (with_values("note"), without("clicks")),
    8: (lose("price", 0.4),),
}
COLUMNS = ("id", "price", "weight", "city", "rating", "clicks")


def rows(day: int) -> Columns:
    table, rng = orders(day, 300)
    table = {name: table[name] for name in COLUMNS}
    for since, faults in SINCE.items():
        for fault in faults if day >= since else ():
            table = fault(table, rng)
    return table


@pytest.fixture(scope="module")
def profiled() -> MemoryStore:
    return profiled_store(CONFIG, {run_name(day): {"raw.orders": arrow(rows(day))} for day in range(1, DAYS + 1)})


@pytest.fixture(scope="module")
def found(profiled: MemoryStore) -> tuple[MemoryStore, list[Finding]]:
    store = profiled.copy()
    return store, compare(CONFIG, [run_name(day) for day in range(1, DAYS + 1)], store=store).findings


def told(findings: list[Finding]) -> set[tuple[int, str, str]]:
    return {(int(finding.run_id[-2:]), finding.cause, str(finding.origin)) for finding in findings}


def test_each_event_is_told_in_its_run_and_in_no_other(found: tuple[MemoryStore, list[Finding]]) -> None:
    assert told(found[1]) == {
        (4, "column_renamed", "raw.orders.weight"),
        (5, "unseen_category", "raw.orders.city"),
        (5, "type_change", "raw.orders.rating"),
        (6, "constant_changed", "raw.orders.version"),
        # Nulls that have become values are no change of type, although the file gives the column another one.
        (7, "column_filled", "raw.orders.note"),
        (7, "schema_change", "raw.orders.clicks"),
        (8, "null_spike", "raw.orders.price"),
        (9, "null_spike", "raw.orders.price"),
    }


def test_a_finding_says_whether_it_is_told_once(found: tuple[MemoryStore, list[Finding]]) -> None:
    store, findings = found
    assert {finding.cause for finding in findings if not finding.told_once} == {"null_spike"}
    stored = {row["finding_id"]: row["told_once"] for row in Results(store).findings()}
    assert stored == {finding.finding_id: finding.told_once for finding in findings}
    (spike,) = Results(store).findings(run_name(9))
    assert (spike["first_run"], spike["severity"]) == (run_name(8), "critical")


def test_one_run_after_the_other_tells_the_same(
    profiled: MemoryStore, found: tuple[MemoryStore, list[Finding]]
) -> None:
    store, findings = profiled.copy(), []
    for day in range(1, DAYS + 1):
        findings += compare(CONFIG, [run_name(day)], store=store).findings
    assert told(findings) == told(found[1])
