"""What changed in the run in which a finding began is named beside it, and nothing that was so before."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.local.engine import LocalEngine
from stageprint.model.result_tables import FINDINGS, RUNS, TABLE_PROFILES
from stageprint.model.run_context import RunContext
from stageprint.model.where import EVERY_ROW
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine

DAYS = shop.days(5)
BROKEN = DAYS[3]
ROWS = shop.tables(DAYS, {(day, "raw"): shop.in_cents for day in DAYS[3:]})
USUAL = RunContext("a" * 40, "nightly", "run-1", "ana")
OTHER = RunContext("b" * 40, "nightly", "run-2", "ben")


def config(**of_orders: Any) -> PipelineConfig:
    parsed = shop.config(Path("nowhere"))
    raw = parsed.stages[0]
    table = raw.tables[0].model_validate(raw.tables[0].model_dump() | of_orders)
    return parsed.model_copy(update={"stages": (raw.model_copy(update={"tables": (table,)}), parsed.stages[1])})


@cache
def before() -> MemoryStore:
    """Return a store with the runs before."""
    store = MemoryStore("shop")
    profile(config(), DAYS[:3], engine=MemoryEngine(ROWS), store=store, context=USUAL)
    return store


def store_of(now: PipelineConfig, context: RunContext) -> MemoryStore:
    """Return a store whose last two runs were profiled with another configuration and by somebody else."""
    store, engine = before().copy(), MemoryEngine(ROWS)
    profile(now, DAYS[3:], engine=engine, store=store, context=context)
    return store


def changes(store: MemoryStore, run: str, which: PipelineConfig, baseline: str = "auto") -> list[dict[str, Any]]:
    compare(which, [BROKEN, run] if baseline == "auto" else [run], store=store, baseline=baseline)
    (finding,) = [one for one in Results(store).findings(run) if (one["table"], one["column"]) == ("orders", "price")]
    found: list[dict[str, Any]] = finding["changes"]
    return found


def test_commit_user_and_the_keys_of_the_table_are_named_and_the_run_of_the_job_is_not() -> None:
    now = config(columns={"theta": ["country"]}, exact_keys=False)
    found = changes(store_of(now, OTHER), BROKEN, now)
    assert [(one["kind"], one["what"]) for one in found] == [
        ("code", "git commit"),
        ("job", "user of the job"),
        ("configuration", "configuration of raw.orders"),
    ]
    assert [one["text"] for one in found] == [
        "git commit aaaaaaaaaa → bbbbbbbbbb",
        "user of the job ana → ben",
        "configuration of raw.orders: columns.theta, exact_keys",
    ]
    assert (found[0]["before"], found[0]["now"]) == ("a" * 40, "b" * 40)


def test_a_finding_that_goes_on_names_what_changed_when_it_began() -> None:
    found = changes(store_of(config(), OTHER), DAYS[4], config())
    assert [one["what"] for one in found] == ["git commit", "user of the job"]


def test_nothing_changed_is_an_empty_list() -> None:
    assert changes(store_of(config(), USUAL), BROKEN, config()) == []


def test_what_is_not_known_of_both_runs_is_not_named() -> None:
    assert changes(store_of(config(), RunContext()), BROKEN, config()) == []


def test_a_setting_of_the_pipeline_is_named_without_a_table() -> None:
    now = config().model_copy(update={"sketches": config().sketches.model_copy(update={"kll_k": 512})})
    (one,) = changes(store_of(now, USUAL), BROKEN, now)
    assert one["text"] == "configuration: settings other than those of raw.orders"


def test_against_a_pinned_run_that_run_is_the_one_before() -> None:
    found = changes(store_of(config(), OTHER), DAYS[2], config(), f"run:{BROKEN}")
    assert [one["text"] for one in found] == ["git commit bbbbbbbbbb → aaaaaaaaaa", "user of the job ben → ana"]


def test_runs_of_an_earlier_release_say_nothing() -> None:
    store = store_of(config(), OTHER)
    for table, names in ((RUNS, ("git_commit", "job", "job_run", "run_by")), (TABLE_PROFILES, ("settings",))):
        rows = [row | dict.fromkeys(names) for row in store.read(table).to_pylist()]
        store.replace(table, table.rows(rows), EVERY_ROW)
    assert changes(store, BROKEN, config()) == []


def test_findings_of_an_earlier_release_have_no_changes() -> None:
    store = store_of(config(), OTHER)
    compare(config(), [BROKEN], store=store)
    rows = [row | {"changes": None} for row in store.read(FINDINGS).to_pylist()]
    store.replace(FINDINGS, FINDINGS.rows(rows), EVERY_ROW)
    assert {one["changes"] for one in Results(store).findings(BROKEN)} == {None}


class DeltaShop:
    """Orders in one Delta table that every run overwrites, and the store of its profiles."""

    def __init__(self, root: Path) -> None:
        self.path = root / "orders"
        self.config = parse_config(
            json.dumps(
                {
                    "pipeline": "shop",
                    "store": f"{root}/store",
                    "stages": [
                        {
                            "name": "raw",
                            "tables": [
                                {
                                    "name": "orders",
                                    "source": {"format": "delta", "path": str(self.path)},
                                    "keys": ["order_id"],
                                }
                            ],
                        }
                    ],
                }
            )
        )
        self.store = MemoryStore("shop")

    def run(self, name: str, rows: pa.Table, **commit: Any) -> None:
        """Write a run's rows and profile them; `commit` is what the commit says of its writer."""
        write_deltalake(self.path, rows, mode="overwrite")
        log = max((self.path / "_delta_log").glob("*.json"))
        entries = [json.loads(line) for line in log.read_text().splitlines()]
        for entry in entries:
            if "commitInfo" in entry:
                entry["commitInfo"] |= {"engineInfo": "Apache-Spark/3.5.0 Delta-Lake/3.2.0", **commit}
        log.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
        outcome = profile(self.config, [name], engine=LocalEngine(1), store=self.store)
        assert not outcome.failed, outcome.failed


@pytest.mark.parametrize(
    ("commit", "told"),
    [
        ({"userName": "ana"}, []),
        (
            {"userName": "ben", "notebook": {"notebookId": "88"}},
            [
                "raw.orders version 4: WRITE (overwrite), by ben, notebook 88, Apache-Spark/3.5.0 Delta-Lake/3.2.0 "
                "(first commit with this user and notebook)"
            ],
        ),
        (
            {"userName": "ana", "engineInfo": "Apache-Spark/4.0.0 Delta-Lake/4.0.0"},
            [
                "raw.orders version 4: WRITE (overwrite), by ana, Apache-Spark/4.0.0 Delta-Lake/4.0.0 (first commit "
                "with this engine)"
            ],
        ),
    ],
)
def test_a_commit_unlike_those_before_is_named(tmp_path: Path, commit: dict[str, Any], told: list[str]) -> None:
    delta = DeltaShop(tmp_path)
    for day in DAYS[:4]:
        delta.run(day, shop.orders(day), userName="ana")
    delta.run(DAYS[4], shop.in_cents(shop.orders(DAYS[4])), **commit)
    compare(delta.config, [DAYS[4]], store=delta.store)
    (finding,) = [one for one in Results(delta.store).findings(DAYS[4]) if one["column"] == "price"]
    assert [one["text"] for one in finding["changes"]] == told


def test_of_commits_after_the_profile_nothing_is_kept(tmp_path: Path) -> None:
    delta = DeltaShop(tmp_path)
    delta.run(DAYS[0], shop.orders(DAYS[0]), userName="ana")
    (row,) = delta.store.read(TABLE_PROFILES).to_pylist()
    assert [one["version"] for one in row["source_history"]] == [0]
    assert (row["source_version"], row["source_history"][0]["user"]) == (0, "ana")
