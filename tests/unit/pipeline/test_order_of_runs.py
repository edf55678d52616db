"""Runs without dates are profiled, compared and listed in one order, the natural one or the configured one."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stageprint.config.pipeline import PipelineConfig
from stageprint.model.result_tables import RUNS
from stageprint.pipeline.compare import compare
from stageprint.pipeline.marks import Marks, known_runs
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine

VERSIONS = [f"v{number}" for number in range(7, 13)]
CONFIG = shop.config(Path("nowhere"))
BY_START = CONFIG.model_copy(update={"run_order": "started"})


def in_cents(table: pa.Table) -> pa.Table:
    return table.set_column(table.column_names.index("price"), "price", pc.multiply(table["price"], 100))


def rows(cents: list[str] | None = None) -> dict[str, dict[str, pa.Table]]:
    """Return the tables of six versions, prices in cents in some of them, in the last two by default."""
    days = shop.days(len(VERSIONS))
    wrong = VERSIONS[4:] if cents is None else cents
    found = shop.tables(days, {(day, "raw"): in_cents for day, run in zip(days, VERSIONS, strict=True) if run in wrong})
    return dict(zip(VERSIONS, found.values(), strict=True))


def profiled(config: PipelineConfig, *commands: list[str], cents: list[str] | None = None) -> MemoryStore:
    """Return a store into which one command after the other profiled its runs."""
    store, engine = MemoryStore("shop"), MemoryEngine(rows(cents))
    for runs in commands:
        profile(config, runs, engine=engine, store=store)
    return store


def test_all_runs_of_the_sources_are_in_natural_order() -> None:
    assert MemoryEngine(rows()).list_runs(CONFIG) == VERSIONS


@pytest.mark.parametrize("commands", [[VERSIONS], [VERSIONS[3:], VERSIONS[:3]]], ids=["at once", "the first ones last"])
def test_versions_are_compared_with_those_before_them(commands: list[list[str]]) -> None:
    store = profiled(CONFIG, *commands)
    assert Results(store).run_ids() == VERSIONS
    outcome = compare(CONFIG, sorted(VERSIONS), store=store)
    assert {(found.run_id, found.first_run) for found in outcome.findings if found.origin.column == "price"} == {
        ("v11", "v11"),
        ("v12", "v11"),
    }
    assert outcome.notes == ["run v7 has no earlier run to compare with: only rules that need no history applied"]
    (finding, *_) = Results(store).findings("v12")
    assert Marks(store).accept(finding["finding_id"])
    ((_, accepted), *_) = Marks(store).accepted.items()
    assert (accepted.first, accepted.through) == ("v11", "v12")
    assert [row["run_id"] for row in Results(store).history("raw", "orders", "price")] == VERSIONS
    assert [row["run_id"] for row in sorted(store.read(RUNS).to_pylist(), key=lambda row: row["order_key"])] == VERSIONS


def test_the_configured_order_is_that_of_the_comparison_too() -> None:
    last_first = VERSIONS[::-1]
    store = profiled(BY_START, *([run] for run in last_first), cents=["v7", "v8"])
    results = Results(store, "started")
    assert results.run_ids() == [run.run_id for run in known_runs(store, "started")] == last_first
    outcome = compare(BY_START, VERSIONS, store=store)
    assert {(found.run_id, found.first_run) for found in outcome.findings if found.origin.column == "price"} == {
        ("v8", "v8"),
        ("v7", "v8"),
    }
    marks = Marks(store, "started")
    assert marks.accept(results.findings("v8")[0]["finding_id"])
    assert {one.through for one in marks.accepted.values()} == {"v7"}
