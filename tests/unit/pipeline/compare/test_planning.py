"""What each table and column is compared with; `decision.references` has its own tests of which runs those are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stageprint.config.loader import parse_config
from stageprint.decision.references import Run
from stageprint.model import ColumnKey, SchemaField, TableKey
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.compare.baseline import Baseline
from stageprint.pipeline.compare.past import Past
from stageprint.pipeline.compare.planning import Planner, ReferencePlan
from stageprint.pipeline.marks import Acceptance
from stageprint.pipeline.profile_codec import row_keys, schema_json
from stageprint.pipeline.slices import ComparedSlices
from stageprint.pipeline.stored_profiles import StoredProfiles
from stageprint.stores.memory import MemoryStore

CONFIG = parse_config("""\
pipeline: shop
store: nowhere
stages:
  - name: raw
    tables: [{name: orders, source: {table: orders}}, {name: users, source: {table: users}}]
  - name: features
    upstream: [raw]
    tables: [{name: order_features, source: {table: order_features}}]
  - name: serving
    upstream: [raw]
    tables: [{name: log, source: {table: log}}]
""")
ORDERS, USERS = TableKey("raw", "orders"), TableKey("raw", "users")
FEATURES, LOG = TableKey("features", "order_features"), TableKey("serving", "log")
COLUMNS = {ORDERS: ("id", "price"), USERS: ("id", "name"), FEATURES: ("id", "Price"), LOG: ("ID", "price", "extra")}
RUNS = ("1", "2", "3", "4", "5")
PRICE = ORDERS.column("price")


def planner(
    baseline: str = "previous",
    *,
    missing: Iterable[tuple[str, TableKey]] = (),
    alerting: Mapping[str, set[ColumnKey]] | None = None,
    accepted: Mapping[ColumnKey, Acceptance] | None = None,
    bad: Iterable[str] = (),
) -> Planner:
    rows: list[dict[str, Any]] = []
    for run in RUNS:
        for key, names in COLUMNS.items():
            if (run, key) in missing:
                continue
            schema = schema_json(SchemaField(name, "double") for name in names)
            facts = {"status": "ok", "row_count": 1, "schema_json": schema}
            rows.append({**row_keys("shop", run, key), **facts})
    store = MemoryStore("shop")
    store.replace(TABLE_PROFILES, TABLE_PROFILES.rows(rows), where(run_id=RUNS))
    past = Past(store, baseline)
    past.load(RUNS, decisions=True)
    past.alerting |= alerting or {}
    profiles = StoredProfiles(store)
    return Planner(
        CONFIG, Baseline(baseline), [Run(run, bad=run in bad) for run in RUNS], profiles, past, accepted or {}
    )


def plan(run: str = "5", earlier: Sequence[str] = RUNS[:4], **known: Any) -> ReferencePlan:
    return planner(**known).plan(run, earlier)


def test_a_healthy_run_has_one_reference_for_all() -> None:
    found = plan()
    assert found.runs == {"prev": ("4",)}
    assert (found.by_table, found.by_column, found.tables) == ({}, {}, {})
    assert found.needed_runs == {"4", "5"}
    assert found.of(PRICE) == {"prev": ("4",)}


def test_a_table_that_missed_the_previous_run_is_compared_with_the_one_before() -> None:
    found = plan(missing=[("4", USERS)])
    assert found.by_table == {USERS: {"prev": ("3",)}}
    assert found.of(USERS.column("name")) == {"prev": ("3",)}
    assert found.of(PRICE) == {"prev": ("4",)}
    assert found.needed_runs == {"3", "4", "5"}


def test_a_run_in_which_a_column_alerted_is_no_reference_for_that_column() -> None:
    found = plan(alerting={"4": {PRICE}})
    assert found.by_column == {PRICE: {"prev": ("3",)}}
    assert found.of(ORDERS.column("id")) == {"prev": ("4",)}


def test_an_accepted_level_is_the_reference_and_nothing_before_it() -> None:
    alerting = {"3": {PRICE}, "4": {PRICE}}
    found = plan(baseline="window:4", alerting=alerting, accepted={PRICE: Acceptance("3", "4")})
    assert found.by_column == {PRICE: {"window:4": ("3", "4")}}
    # An alert after the acceptance is a new one.
    found = plan(baseline="window:4", alerting=alerting, accepted={PRICE: Acceptance("3", "3")})
    assert found.by_column == {PRICE: {"window:4": ("3",)}}


def test_a_pinned_run_is_the_reference_of_every_table_that_it_has() -> None:
    found = plan(baseline="run:2", missing=[("2", USERS), ("3", ORDERS)])
    assert found.runs == {"run:2": ("2",)}
    assert found.by_table == {ORDERS: {"run:2": ("2",)}}
    assert found.needed_runs == {"2", "5"}


def test_columns_are_compared_beside_the_upstream_columns_they_come_from() -> None:
    upstream = plan().upstream
    assert upstream[FEATURES.column("Price")] == PRICE
    assert upstream[LOG.column("price")] == PRICE
    assert LOG.column("extra") not in upstream
    assert PRICE not in upstream


def test_the_other_stages_are_compared_with_a_stage_except_those_that_feed_it() -> None:
    found = plan(baseline="stage:features")
    assert found.runs == {"stage:features": ("5",)}
    assert found.tables == {LOG: FEATURES}
    assert found.upstream == {}


def test_between_stages_a_table_is_compared_with_the_one_that_shares_most_columns() -> None:
    assert plan(baseline="stage:raw").tables == {FEATURES: ORDERS, LOG: ORDERS}


def test_a_table_without_any_shared_column_has_no_counterpart() -> None:
    assert plan(baseline="stage:serving", missing=[("5", FEATURES)]).tables == {}


def test_the_graph_of_a_run_is_made_once() -> None:
    found = planner()
    graph = found.graph("5", RUNS[:4])
    assert found.graph("5", RUNS[:4]) is graph
    assert found.graph("4", RUNS[:3]) is not graph


def test_slices_of_the_plan_are_those_of_the_profiles() -> None:
    assert plan().slices == ComparedSlices()


def test_a_level_that_was_accepted_in_a_run_marked_bad_since_is_still_accepted() -> None:
    known: dict[str, Any] = {"alerting": {"3": {PRICE}, "4": {PRICE}}, "bad": {"3"}}
    found = plan(baseline="window:4", earlier=("1", "2", "4"), accepted={PRICE: Acceptance("3", "4")}, **known)
    assert found.by_column == {PRICE: {"window:4": ("4",)}}
    found = plan(baseline="window:4", earlier=("1", "2", "4"), accepted={PRICE: Acceptance("3", "3")}, **known)
    assert found.by_column == {PRICE: {"window:4": ()}}
    # An acceptance in a later run says nothing of an earlier one.
    found = plan("2", ("1",), baseline="window:4", accepted={PRICE: Acceptance("3", "4")}, bad={"3"})
    assert found.by_column == {PRICE: {"window:4": ("1",)}}
