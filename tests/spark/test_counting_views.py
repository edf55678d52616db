"""The SQL views show the rows that readers in Python see, whatever commands did and wherever they were stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from stageprint.engines.spark.compat import arrow_frame, to_arrow
from stageprint.errors import StoreError
from stageprint.model.result_tables import MANIFESTS
from stageprint.model.where import where
from stageprint.pipeline.check import check
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import all_tables
from stageprint.stores.memory import MemoryStore
from stageprint.stores.spark.views import create_views
from tests.support import shop
from tests.support.memory_engine import MemoryEngine
from tests.support.stopped_store import StoppedStore

RUNS = shop.days(2)
ROWS = shop.tables(RUNS)
CONFIG = shop.checked(Path("nowhere"))
SCENARIOS = 12


@pytest.fixture(autouse=True)
def active_session(spark: SparkSession) -> Iterator[None]:
    """Make the shared session the active one again, for the tests of other files."""
    yield
    spark.createDataFrame([(0,)], "n int")


def histories() -> Iterator[tuple[int, StoppedStore]]:
    """Yield stores after each of a few commands, some of which failed or were stopped; the seed says which."""
    for seed in range(SCENARIOS):
        random = Random(seed)  # noqa: S311 -- repeatable, not secret
        store = StoppedStore("shop")
        for _ in range(random.randint(2, 7)):
            run, stage = random.choice(RUNS), random.choice([["raw"], ["features"], []])
            lost = random.choice([None, None, "raw.orders"])
            rows = {run: {name: table for name, table in ROWS[run].items() if name != lost}}
            command = random.choice(["profile", "profile", "compare", "previous", "check"])
            store.writes_left = random.choice([None, None, 1, 2, 3, 4, 5, 7])
            try:
                known = set(Results(store).run_ids())
                if command == "profile" or run not in known:
                    profile(CONFIG, [run], engine=MemoryEngine(rows), store=store, stages=stage)
                elif command == "check":
                    check(CONFIG, [run], store=store, stages=stage)
                else:
                    compare(CONFIG, [run], store=store, baseline="auto" if command == "compare" else command)
            except StoreError:
                pass
        store.writes_left = None
        yield seed, store


def of_earlier_release(store: MemoryStore) -> None:
    """Make a store look as if an earlier release had written it: rows without manifests' identifiers."""
    for table in all_tables():
        rows = store.read(table)
        if table is MANIFESTS:
            stored = [{**row, "names_rows": None, "tables": None} for row in rows.to_pylist()]
            store.replace(table, table.rows(one for one in stored if one["kind"] != "checks"), where(run_id=RUNS))
        elif table.named_by is not None:
            ids = pa.nulls(rows.num_rows, pa.string())
            place = rows.schema.get_field_index("manifest_id")
            store.replace(table, rows.set_column(place, "manifest_id", ids), where(run_id=RUNS))


def assert_same(spark: SparkSession, store: MemoryStore, what: str) -> None:
    own = spark.newSession()
    for table in all_tables():
        # Kept: Spark 3.5 makes such a frame anew in Python for each view that reads it.
        arrow_frame(own, store.read(table)).cache().createOrReplaceTempView(f"stored_{table.name}")
    create_views(own, {table.name: f"stored_{table.name}" for table in all_tables()})
    known = CommittedStore(store)
    for table in all_tables():
        if table.named_by is not None:
            names = [name for name in ("run_id", "table_name", "column_name", "manifest_id") if name in _names(table)]
            expected = known.read(table, columns=names).to_pylist()
            found = to_arrow(own.table(table.name).select(names)).to_pylist()
            assert sorted(map(str, found)) == sorted(map(str, expected)), (what, table.name)
    states = {row["run_id"]: row["state"] for row in own.table("run_states").collect()}
    stored = store.read(known_runs(), columns=("run_id",))["run_id"].to_pylist()
    still_learning = own.table("learning_columns").where("more_runs > 0").collect()
    for run in stored:
        latest = own.table("run_states").where(f"run_id = '{run}'").collect()[0]["baseline"]
        assert {
            (row["stage"], row["table_name"], row["column_name"]): row["more_runs"]
            for row in still_learning
            if (row["run_id"], row["baseline"]) == (run, latest)
        } == {(key.stage, key.table, key.column): runs for key, runs in Results(store).learning_columns(run).items()}
    assert states == {run: state.value for run, state in Results(store).states(stored).items()}, what
    own.catalog.clearCache()


def known_runs() -> Any:
    return next(table for table in all_tables() if table.name == "runs")


def _names(table: Any) -> list[str]:
    return list(table.arrow_schema.names)


@pytest.mark.slow
@pytest.mark.parametrize("earlier_release", [False, True], ids=["this release", "an earlier one"])
def test_views_show_what_readers_see(spark: SparkSession, earlier_release: bool) -> None:
    seen = 0
    for seed, store in histories():
        if earlier_release:
            if seed % 3:
                continue
            of_earlier_release(store)
        assert_same(spark, store, f"seed {seed}")
        seen += 1
    assert seen == (SCENARIOS // 3 if earlier_release else SCENARIOS)
