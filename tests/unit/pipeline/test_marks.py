"""Runs marked bad are no reference; an accepted shift is the new normal, in its slice alone where it began in one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import UsageError
from stageprint.model import ColumnKey, Slice
from stageprint.model.result_tables import SHIFTS
from stageprint.model.where import where
from stageprint.pipeline.compare import compare
from stageprint.pipeline.marks import Marks
from stageprint.pipeline.results import Results
from stageprint.pipeline.suggest import suggest
from stageprint.pipeline.tables import all_tables
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.memory_engine import profiled_store

DAYS = shop.days(10)
SIXTH, SEVENTH = DAYS[5], DAYS[6]


def config(more: str = "") -> PipelineConfig:
    text = shop.yaml(Path("nowhere")).split("  - name: features")[0]
    return parse_config(text + more)


def with_prices(table: pa.Table, prices: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index("price"), "price", prices)


def triple(table: pa.Table) -> pa.Table:
    return with_prices(table, pc.multiply(table["price"], 3))


def zero_in_italy(table: pa.Table) -> pa.Table:
    """Return orders a third of whose Italian prices, a thirtieth of all, are 0."""
    chosen = pc.and_(pc.equal(table["country"], "IT"), pa.array(np.arange(table.num_rows) % 3 == 0))
    return with_prices(table, pc.if_else(chosen, 0.0, table["price"]))


def store_of(pipeline: PipelineConfig, fault: Callable[[pa.Table], pa.Table]) -> MemoryStore:
    """Return ten days' profiles, the fault in those from the seventh on."""
    rows = shop.tables(DAYS, {(run, "raw"): fault for run in DAYS[6:]})
    return profiled_store(pipeline, {run: {"raw.orders": tables["raw.orders"]} for run, tables in rows.items()})


@pytest.fixture(scope="module")
def profiled() -> MemoryStore:
    return store_of(config(), triple)


@pytest.fixture
def store(profiled: MemoryStore) -> MemoryStore:
    return profiled.copy()


def alerting(store: MemoryStore, run: str) -> set[str]:
    """Return the columns that were flagged, with their slices."""
    rows = store.read(SHIFTS, where(run_id=run, severity=["warning", "critical"])).to_pylist()
    return {
        row["column_name"] if row["slice_value"] is None else f"{row['slice_value']}: {row['column_name']}"
        for row in rows
    }


def references(store: MemoryStore, run: str) -> set[str]:
    """Return the references that the countries' missing values were compared with."""
    of_column = where(run_id=run, column_name="country", statistic="null_share")
    rows = store.read(SHIFTS, of_column).to_pylist()
    return {entry["reference"] for row in rows for entry in row["references"] if entry["value"] is not None}


def test_an_accepted_shift_is_the_new_normal(store: MemoryStore) -> None:
    compare(config(), DAYS[:8], store=store)
    assert alerting(store, SEVENTH) == alerting(store, DAYS[7]) == {"price"}
    (finding,) = Results(store).findings(SEVENTH)
    marks = Marks(store)
    price = ColumnKey("raw", "orders", "price")
    assert marks.accept(finding["finding_id"], "new price list") == [price]
    # All that was flagged up to now is a reference, and nothing before it.
    assert (marks.accepted[price].first, marks.accepted[price].through) == (SEVENTH, DAYS[-1])
    assert Marks(store).accepted == marks.accepted
    compare(config(), DAYS[8:], store=store)
    assert alerting(store, DAYS[8]) == alerting(store, DAYS[9]) == set()


def test_without_it_a_lasting_shift_stays_a_finding(store: MemoryStore) -> None:
    compare(config(), DAYS[:9], store=store)
    assert alerting(store, DAYS[8]) == {"price"}


def test_what_is_accepted_in_a_slice_is_so_there_alone() -> None:
    pipeline = config("        slices: [{by: country, values: [DE, IT]}]\n")
    store = store_of(pipeline, zero_in_italy)
    compare(pipeline, DAYS[:8], store=store)
    assert alerting(store, DAYS[7]) == {"IT: price"}
    (finding,) = Results(store).findings(DAYS[7])
    assert (finding["slice_key"], finding["slice_value"]) == ("country", "IT")
    unaccepted = store.copy()
    accepted = Marks(store).accept(finding["finding_id"])
    assert accepted == [ColumnKey("raw", "orders", "price", Slice("country", "IT"))]
    compare(pipeline, DAYS[8:9], store=unaccepted)
    assert alerting(unaccepted, DAYS[8]) == {"IT: price"}
    compare(pipeline, DAYS[8:9], store=store)
    assert alerting(store, DAYS[8]) == set()


def test_an_unknown_finding_is_named(store: MemoryStore) -> None:
    with pytest.raises(UsageError, match="finding 'nonsense' is not in the store memory; the store holds none"):
        Marks(store).accept("nonsense")
    compare(config(), DAYS[:7], store=store)
    (finding,) = Results(store).findings()
    with pytest.raises(UsageError, match=f"did you mean '{finding['finding_id']}'"):
        Marks(store).accept(finding["finding_id"][:-1])


def test_a_bad_run_is_no_reference(store: MemoryStore) -> None:
    marks = Marks(store)
    marks.mark_bad(DAYS[0], "test data")
    assert Marks(store).bad == {DAYS[0]: "test data"}
    compare(config(), DAYS[1:2], store=store)
    assert references(store, DAYS[1]) == set()
    assert marks.clear(DAYS[0])
    assert not marks.clear(DAYS[0])
    compare(config(), DAYS[1:2], store=store)
    assert "prev" in references(store, DAYS[1])


def test_a_run_marked_again_has_the_last_reason(store: MemoryStore) -> None:
    marks = Marks(store)
    marks.mark_bad(SIXTH, "late")
    marks.mark_bad(SIXTH, "lost")
    assert Marks(store).bad == marks.bad == {SIXTH: "lost"}


def test_an_unknown_run_is_named(store: MemoryStore) -> None:
    with pytest.raises(UsageError, match="run '2026-04-01' is not in the store"):
        Marks(store).mark_bad("2026-04-01", "why")
    with pytest.raises(UsageError, match="run '2026-04-01' is not in the store"):
        Marks(store).clear("2026-04-01")


def without(store: MemoryStore, run: str) -> MemoryStore:
    """Return a store that never held a run."""
    other = store.copy()
    for table in all_tables():
        if other.exists(table):
            other.replace(table, table.empty(), where(run_id=run))
    return other


def decisions(store: MemoryStore, runs: list[str]) -> list[dict[str, object]]:
    names = ("run_id", "stage", "table_name", "column_name", "statistic")
    rows = store.read(SHIFTS, where(run_id=runs)).drop_columns(["manifest_id"]).to_pylist()
    assert len(rows) > 50 * len(runs)
    return sorted(rows, key=lambda row: [str(row[name]) for name in names])


@pytest.mark.parametrize("marked", ["before it is compared", "after"])
def test_a_bad_run_is_as_if_it_were_not_there(store: MemoryStore, marked: str) -> None:
    """Its residuals are no history and it confirms nothing: the price is three times as high from the seventh on."""
    never = without(store, SEVENTH)
    if marked == "after":
        compare(config(), DAYS[:7], store=store)
    Marks(store).mark_bad(SEVENTH, "test data")
    compare(config(), DAYS if marked != "after" else DAYS[7:], store=store)
    compare(config(), [*DAYS[:6], *DAYS[7:]], store=never)
    assert decisions(store, DAYS[7:]) == decisions(never, DAYS[7:])
    rows = {row["finding_id"]: row for row in Results(store).findings(DAYS[7])}
    assert rows
    assert {row["first_run"] for row in rows.values()} == {DAYS[7]}
    assert [row["sentence"] for row in rows.values()] == [row["sentence"] for row in Results(never).findings(DAYS[7])]


def test_no_check_is_suggested_from_a_bad_run(store: MemoryStore) -> None:
    Marks(store).mark_bad(DAYS[-1], "test data")
    (orders,) = suggest(config(), store=store)
    assert orders.runs == tuple(DAYS[:-1])
