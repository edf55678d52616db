"""`suggest` without Spark: what is proposed holds in the runs it came from, and breaks on a broken day."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import UsageError
from stageprint.model import TableKey
from stageprint.pipeline.check import check
from stageprint.pipeline.profile import profile
from stageprint.pipeline.suggest import suggest
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine, profiled_store
from tests.support.progress import Recorded

RUNS = shop.days(4)
NEXT = shop.days(5)[-1]
CONFIG = shop.config(Path("nowhere"))


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return profiled_store(CONFIG, shop.tables(RUNS))


def with_checks(text: str) -> PipelineConfig:
    """Return the shop's configuration with what was suggested for the orders."""
    content = yaml.safe_load(shop.yaml(Path("nowhere")))
    content["stages"][0]["tables"][0]["checks"] = yaml.safe_load(text)["checks"]
    return parse_config(yaml.safe_dump(content, sort_keys=False))


def test_each_table_gets_checks_in_the_order_of_the_configuration(store: MemoryStore) -> None:
    progress = Recorded()
    orders, features = suggest(CONFIG, store=store, progress=progress)
    assert [orders.key, features.key] == [TableKey("raw", "orders"), TableKey("features", "order_features")]
    assert (orders.runs, orders.declared) == (tuple(RUNS), False)
    assert orders.text.startswith(f"# raw.orders: from 4 runs, {RUNS[0]} to {RUNS[-1]}\nchecks:\n  # ")
    assert {"not_null", "schema", "row_count", "key_unique", "freshness", "accepted_values"} <= {
        item.check for item in orders.suggestions
    }
    assert progress.phases == [(2, "tables")]
    assert progress.steps[0] == f"raw.orders: {len(orders.suggestions)} checks from 4 runs"
    assert progress.closed == 1


def test_one_check_and_one_run_are_named_in_the_singular(store: MemoryStore) -> None:
    progress = Recorded()
    (orders,) = suggest(CONFIG, store=store, tables=["orders"], last=1, progress=progress)
    assert orders.text.startswith("# raw.orders: 1 run looked at; ")
    assert progress.steps == ["raw.orders: 0 checks from 1 run"]


def test_what_is_suggested_passes_where_it_came_from_and_is_not_suggested_again(store: MemoryStore) -> None:
    (orders,) = suggest(CONFIG, store=store, tables=["orders"])
    pasted = with_checks(orders.text)
    outcome = check(pasted, RUNS, store=store.copy())
    assert len(outcome.checks) >= len(RUNS) * len(orders.suggestions)
    assert [one.message for one in outcome.checks if one.status != "pass"] == []
    (again,) = suggest(pasted, store=store, tables=["orders"])
    assert (again.suggestions, again.declared) == ((), True)
    assert again.text.endswith("# nothing to propose beside what is declared\n")


def test_a_broken_day_fails_what_was_suggested(store: MemoryStore) -> None:
    (orders,) = suggest(CONFIG, store=store, stages=["raw"], last=3)
    assert orders.runs == tuple(RUNS[1:])
    pasted, broken = with_checks(orders.text), store.copy()
    rows = shop.tables([NEXT], {(NEXT, "raw"): lambda table: table.slice(0, 200)})
    profile(pasted, [NEXT], engine=MemoryEngine(rows), store=broken, tables=["orders"])
    failed = {
        one.check for one in check(pasted, [NEXT], store=broken, tables=["orders"]).checks if one.status == "fail"
    }
    assert "row_count" in failed


def test_a_run_in_which_the_table_failed_does_not_count(store: MemoryStore) -> None:
    later = store.copy()
    profile(CONFIG, [NEXT], engine=MemoryEngine({NEXT: {}}), store=later)
    assert suggest(CONFIG, store=later)[0].runs == tuple(RUNS)


def test_too_few_runs_are_said(store: MemoryStore) -> None:
    (orders,) = suggest(CONFIG, store=store, tables=["orders"], last=2)
    assert orders.text == "# raw.orders: 2 runs looked at; checks are proposed from 3 on\n"


def test_a_wrong_name_is_said(store: MemoryStore) -> None:
    with pytest.raises(UsageError, match="did you mean 'orders'"):
        suggest(CONFIG, store=store, tables=["oders"])
