"""`profile` without Spark: what is written of good and failed tables, in which commits, and what is replaced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import ConfigError, StoreError, UsageError
from stageprint.model import TableKey
from stageprint.model.result_tables import MANIFESTS, RUNS, TABLE_PROFILES, ResultTable
from stageprint.model.where import NO_ROW, Where, where
from stageprint.pipeline.compare import compare
from stageprint.pipeline.marks import Marks
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.stored_profiles import StoredProfiles
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import RowSource
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine
from tests.support.progress import Recorded

DAYS = shop.days(2)
CONFIG = shop.config(Path("nowhere"))


class CountingStore(MemoryStore):
    """A store that notes how each commit was made, of which table, and which rows it replaced or added."""

    def __init__(self, pipeline: str) -> None:
        super().__init__(pipeline)
        self.commits: list[tuple[str, str, Where]] = []

    def replace(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table], which: Where) -> None:
        self.commits.append(("replace", table.name, which))
        super().replace(table, rows, which)

    def append(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        self.commits.append(("append", table.name, which))
        super().append(table, rows, which)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore("shop")


def run_rows(store: MemoryStore) -> dict[str, dict[str, Any]]:
    return {row["run_id"]: row for row in store.read(RUNS).to_pylist()}


def table_rows(store: MemoryStore, run: str) -> dict[str, dict[str, Any]]:
    rows = store.read(TABLE_PROFILES, where(run_id=run)).to_pylist()
    return {f"{row['stage']}.{row['table_name']}": row for row in rows}


def test_every_table_and_run_is_written_in_one_commit_a_table(store: CountingStore) -> None:
    engine, progress = MemoryEngine(shop.tables(DAYS)), Recorded()
    outcome = profile(CONFIG, DAYS, engine=engine, store=store, progress=progress)
    assert [(one.run_id, str(one.key), one.status, one.rows) for one in outcome.tables] == [
        (run, table, "ok", shop.ROWS) for run in DAYS for table in ("raw.orders", "features.order_features")
    ]
    assert (outcome.exit_status, outcome.store) == (0, "memory")
    # What is new is added, so that writers of other runs and stages hardly ever conflict.
    names = [row["manifest_id"] for row in store.read(MANIFESTS).to_pylist()]
    own = where(run_id=DAYS, manifest_id=names)
    places = NO_ROW
    for run, (stage, table) in product(DAYS, [("features", "order_features"), ("raw", "orders")]):
        places |= where(run_id=run, stage=stage, table_name=table)
    written = places & where(manifest_id=names)
    assert store.commits == [
        ("append", "manifests", own),
        ("append", "column_profiles", written),
        ("append", "table_profiles", written),
        ("replace", "manifests", own),
        ("replace", "runs", where(run_id=DAYS)),
    ]
    assert store.read(column_profiles()).num_rows == 2 * (6 + 5)
    assert progress.phases == [(4, "tables"), (1, "writing profiles")]
    assert progress.steps[0] == f"{DAYS[0]} raw.orders ok"
    assert (len(progress.steps), progress.steps[-1], progress.closed) == (5, "written to memory", 1)


def test_what_a_run_records(store: CountingStore) -> None:
    profile(CONFIG, DAYS[:1], engine=MemoryEngine(shop.tables(DAYS)), store=store)
    (row,) = store.read(RUNS).to_pylist()
    known = {name: row[name] for name in ("run_id", "status", "tables_profiled", "tables_failed", "merged")}
    assert known == {"run_id": DAYS[0], "status": "ok", "tables_profiled": 2, "tables_failed": 0, "merged": False}
    assert (str(row["logical_date"]), row["session_timezone"], row["spark_version"]) == (DAYS[0], "UTC", None)
    assert row["config_hash"] == CONFIG.hash
    assert row["started_at"] <= row["ended_at"]


def test_a_failed_table_is_written_down_and_the_others_go_on(store: CountingStore) -> None:
    rows = shop.tables(DAYS)
    del rows[DAYS[0]]["raw.orders"]
    outcome = profile(CONFIG, DAYS, engine=MemoryEngine(rows), store=store)
    assert [(one.run_id, str(one.key), one.error) for one in outcome.failed] == [
        (DAYS[0], "raw.orders", f"raw.orders does not exist in run {DAYS[0]}")
    ]
    assert outcome.exit_status == 3
    assert {name: row["status"] for name, row in table_rows(store, DAYS[0]).items()} == {
        "raw.orders": "failed",
        "features.order_features": "ok",
    }
    found = {run: (row["status"], row["tables_failed"]) for run, row in run_rows(store).items()}
    assert found == {DAYS[0]: ("failed", 1), DAYS[1]: ("ok", 0)}
    profiles = StoredProfiles(store)
    assert profiles.failures(DAYS[0]) == {TableKey("raw", "orders"): f"raw.orders does not exist in run {DAYS[0]}"}
    # The next try, with the table there, leaves nothing of the failure.
    profile(CONFIG, DAYS[:1], engine=MemoryEngine(shop.tables(DAYS)), store=store)
    assert run_rows(store)[DAYS[0]]["status"] == "ok"
    assert {row["error"] for row in table_rows(store, DAYS[0]).values()} == {None}


def test_stages_profiled_apart_add_up(store: CountingStore) -> None:
    engine = MemoryEngine(shop.tables(DAYS))
    profile(CONFIG, DAYS[:1], engine=engine, store=store, stages=["raw"])
    assert run_rows(store)[DAYS[0]]["tables_profiled"] == 1
    before = table_rows(store, DAYS[0])["raw.orders"]
    profile(CONFIG, DAYS[:1], engine=engine, store=store, tables=["order_features"])
    after = table_rows(store, DAYS[0])
    assert run_rows(store)[DAYS[0]]["tables_profiled"] == 2
    assert set(after) == {"raw.orders", "features.order_features"}
    assert after["raw.orders"] == before
    assert [str(task.key) for task in engine.tasks] == ["raw.orders", "features.order_features"]


def test_profiling_again_replaces_the_run_alone(store: CountingStore) -> None:
    profile(CONFIG, DAYS, engine=MemoryEngine(shop.tables(DAYS)), store=store)
    other = table_rows(store, DAYS[1])
    Marks(store).mark_bad(DAYS[0], "labels lost")
    fewer = shop.tables(DAYS, {(DAYS[0], "raw"): shop.lose_a_fifth})
    profile(CONFIG, [DAYS[0], DAYS[0]], engine=MemoryEngine(fewer), store=store)
    assert {row["row_count"] for row in table_rows(store, DAYS[0]).values()} == {1_600}
    assert table_rows(store, DAYS[1]) == other
    assert store.read(column_profiles()).num_rows == 2 * (6 + 5)
    assert sorted(run_rows(store)) == DAYS
    # What people said of the run is kept.
    assert Marks(store).bad == {DAYS[0]: "labels lost"}


def test_a_table_that_is_not_configured_any_more_goes_with_its_stage(store: CountingStore) -> None:
    two = parse_config(shop.yaml(Path("nowhere")).replace("name: orders\n", "name: old_orders\n"))
    rows = shop.tables(DAYS[:1])
    rows[DAYS[0]]["raw.old_orders"] = rows[DAYS[0]]["raw.orders"]
    profile(two, DAYS[:1], engine=MemoryEngine(rows), store=store)
    profile(CONFIG, DAYS[:1], engine=MemoryEngine(rows), store=store)
    assert set(table_rows(store, DAYS[0])) == {"raw.orders", "features.order_features"}


def test_many_profiles_are_written_in_several_commits(store: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stageprint.pipeline.profile_writer._MAX_BYTES_BEFORE_COMMIT", 1)
    engine = MemoryEngine(shop.tables(DAYS))
    profile(CONFIG, DAYS, engine=engine, store=store)
    profile(CONFIG, DAYS, engine=engine, store=store)
    names = [name for _, name, _ in store.commits]
    written = ["manifests", *(4 * ["column_profiles", "table_profiles"]), "manifests"]
    removed = ["table_profiles", "column_profiles", "manifests"]
    assert names == [*written, "runs", *written, *removed, "runs"]
    # A table at a time: a commit must not take another stage's rows along.
    (first,) = store.commits[1][2].alternatives
    assert first["run_id"] == frozenset({DAYS[0]})
    assert first["stage"] == frozenset({"raw"})
    assert store.read(column_profiles()).num_rows == 2 * (6 + 5)
    assert store.read(TABLE_PROFILES).num_rows == 4


def test_slices_are_written_beside_the_whole_and_replaced_with_it(store: CountingStore) -> None:
    def sliced(by: str) -> PipelineConfig:
        text = shop.yaml(Path("nowhere"))
        return parse_config(text.replace("event_time: ordered_at\n", f"event_time: ordered_at\n        {by}\n", 1))

    engine = MemoryEngine(shop.tables(DAYS[:1]))
    both = sliced("slices: [{by: country, values: [DE, XX]}, express]")
    profile(both, DAYS[:1], engine=engine, store=store)
    raw = where(run_id=DAYS[0], stage="raw")
    found = store.read(TABLE_PROFILES, raw, ("slice_key", "slice_value", "row_count")).to_pylist()
    counts = {(row["slice_key"], row["slice_value"]): row["row_count"] for row in found}
    assert counts.keys() == {
        (None, None),
        *(("country", value) for value in ("DE", "XX", "__other__")),
        *(("express", value) for value in ("true", "false")),
    }
    # A declared value without rows has a profile of none; the rows of others are in one slice.
    assert counts["country", "XX"] == 0
    assert counts["country", "DE"] + counts["country", "__other__"] == shop.ROWS == counts[None, None]
    assert counts["express", "true"] + counts["express", "false"] == shop.ROWS
    profile(sliced("slices: [express]"), DAYS[:1], engine=engine, store=store)
    assert set(store.read(TABLE_PROFILES, raw)["slice_key"].to_pylist()) == {None, "express"}
    assert run_rows(store)[DAYS[0]]["tables_profiled"] == 2


def test_figures_that_look_at_the_runs_date(store: CountingStore) -> None:
    table = {"name": "events", "source": {"table": "events"}}
    content = {"pipeline": "shop", "store": "nowhere", "stages": [{"name": "raw", "tables": [table]}]}
    times = [dt.datetime(2013, 5, *rest, tzinfo=dt.timezone.utc) for rest in ((30, 12), (31, 18), (31, 0))]
    events = {"raw.events": pa.table({"at": pa.array(times, pa.timestamp("us", "UTC"))})}
    runs = ("2013-05", "2013-05-30", "2013-05-31", "undated")
    engine = MemoryEngine(dict.fromkeys(runs, events))
    profile(PipelineConfig.model_validate(content), runs, engine=engine, store=store)
    rows = {row["run_id"]: row for row in store.read(column_profiles()).to_pylist()}
    # A run named by a month ends with it.
    assert [rows[run]["freshness_hours"] for run in runs] == [6.0, -18.0, 6.0, None]
    assert [rows[run]["future_share"] for run in runs] == [0.0, pytest.approx(2 / 3, abs=0.02), 0.0, None]
    assert dict(rows["undated"]["not_computable"])["freshness_hours"] == "the run has no logical date"
    assert rows["2013-05"]["midnight_share"] == pytest.approx(1 / 3)
    assert rows["2013-05"]["largest_gap_seconds"] == pytest.approx(18 * 3600, rel=0.01)


@pytest.mark.parametrize(
    ("runs", "more", "message"),
    [
        ([], {}, "pipeline 'shop': no run to profile"),
        (["2026-03-20"], {}, "no source holds a run '2026-03-20'"),
        (DAYS, {"tables": ["oders"]}, "did you mean 'orders'"),
        (DAYS, {"stages": ["rw"]}, "did you mean 'raw'"),
    ],
)
def test_a_wrong_name_is_said_before_anything_is_read(
    store: CountingStore, runs: list[str], more: dict[str, Any], message: str
) -> None:
    engine = MemoryEngine(shop.tables(DAYS))
    with pytest.raises(UsageError, match=message):
        profile(CONFIG, runs, engine=engine, store=store, **more)
    assert (engine.tasks, store.commits) == ([], [])


def test_an_unknown_check_is_said_before_anything_is_read(store: CountingStore) -> None:
    # Built by code: the loader, which asks the registries too, has not seen it.
    content = yaml.safe_load(shop.yaml(Path("nowhere")) + "        checks: [no_such_check]\n")
    engine = MemoryEngine(shop.tables(DAYS))
    with pytest.raises(ConfigError, match="no_such_check"):
        profile(PipelineConfig.model_validate(content), DAYS, engine=engine, store=store)
    assert engine.tasks == []


def test_progress_is_closed_after_an_error(store: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    progress = Recorded()

    def refuse(*_: object) -> None:
        message = "disk full"
        raise StoreError(message)

    monkeypatch.setattr(store, "append", refuse)
    with pytest.raises(StoreError, match="disk full"):
        profile(CONFIG, DAYS, engine=MemoryEngine(shop.tables(DAYS)), store=store, progress=progress)
    assert progress.closed == 1


def test_a_run_id_that_could_be_more_than_a_value_is_refused_before_any_work(store: CountingStore) -> None:
    engine = MemoryEngine({"x' OR '1'='1": shop.tables(DAYS)[DAYS[0]]})
    with pytest.raises(UsageError, match=r"run id .*expected 1 to 128 letters.*`run_id_pattern`"):
        profile(CONFIG, ["x' OR '1'='1"], engine=engine, store=store)
    assert not engine.tasks
    assert not store.commits


def test_a_stored_run_of_another_name_is_still_read(store: CountingStore) -> None:
    wide = CONFIG.model_copy(update={"run_id_pattern": ".+"})
    rows = shop.tables(DAYS)
    profile(
        wide, ["the first day", DAYS[1]], engine=MemoryEngine({**rows, "the first day": rows[DAYS[0]]}), store=store
    )
    assert Results(store).run_ids() == sorted([DAYS[1], "the first day"])
    assert compare(CONFIG, [DAYS[1]], baseline="run:the first day", store=store).compared > 0
