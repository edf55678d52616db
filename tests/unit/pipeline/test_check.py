"""`check` without Spark: what it writes, what it holds tables against, and which rows it leaves alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import UsageError
from stageprint.model import Severity, TableKey
from stageprint.model.result_tables import CHECK_RESULTS
from stageprint.pipeline.check import check
from stageprint.pipeline.compare import compare
from stageprint.pipeline.marks import Marks
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.ports import SqlRows
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.alerts import RememberingSink
from tests.support.memory_engine import MemoryEngine, profiled_store
from tests.support.progress import Recorded
from tests.support.stores import forget

RUNS = shop.days(3)
BROKEN = RUNS[-1]

RAW = """\
        references: {country: raw.countries.code}
        checks:
          - row_count: {min: 1000}
          - key_unique
          - not_null: [order_id, price]
          - {check: accepted_values, column: country, values: [DE, FR, GB, IT, PL], severity: warning}
          - {check: freshness, max_age: 1d}
          - {check: metric, column: country, metric: mean, min: 0, severity: review}
          - {check: custom_sql, sql: SELECT count(*) FROM column_profiles, min: 11}
"""
FEATURES = """\
        checks:
          - retention: {min_share: 1.0}
          - {check: key_coverage, references: raw.orders, severity: warning}
          - {check: key_coverage, references: raw.orders, run: previous, severity: review}
"""
COUNTRIES = """\
      - name: countries
        source: {table: countries}
        checks: [{row_count: {min: 1}}]
"""
ORDERS, CODES, MADE = TableKey("raw", "orders"), TableKey("raw", "countries"), TableKey("features", "order_features")
DECLARED = {ORDERS: 9, CODES: 1, MADE: 3}


def configured(raw: str = RAW, features: str = FEATURES) -> PipelineConfig:
    event = "        event_time: ordered_at\n"
    one, two = shop.yaml(Path("nowhere")).split(event)[:2]
    return parse_config(one + event + raw + COUNTRIES + two + event + features)


CONFIG = configured()


def tables() -> dict[str, dict[str, pa.Table]]:
    """Return three healthy days, but that the third loses a country's code, and a fifth of the features."""
    found = shop.tables(RUNS, {(BROKEN, "features"): shop.lose_a_fifth})
    for run in RUNS:
        found[run]["raw.countries"] = pa.table({"code": list(shop.COUNTRIES[: 4 if run == BROKEN else 5])})
    return found


@pytest.fixture(scope="module")
def profiled() -> MemoryStore:
    return profiled_store(CONFIG, tables())


@pytest.fixture
def store(profiled: MemoryStore) -> MemoryStore:
    return profiled.copy()


@pytest.fixture(scope="module")
def checked(profiled: MemoryStore) -> MemoryStore:
    store = profiled.copy()
    assert check(CONFIG, RUNS, store=store).failed == []
    return store


def rows(store: MemoryStore, run: str = BROKEN, **only: Any) -> list[dict[str, Any]]:
    return [row for row in Results(store).check_rows([run]) if all(row[key] == value for key, value in only.items())]


def counts(store: MemoryStore, run: str) -> dict[TableKey, int]:
    return Counter(TableKey(row["stage"], row["table"]) for row in rows(store, run))


def test_each_check_of_each_column_is_a_row(checked: MemoryStore) -> None:
    assert counts(checked, BROKEN) == DECLARED
    stored = checked.read(CHECK_RESULTS).to_pylist()
    assert len(stored) == 3 * sum(DECLARED.values())
    assert {(row["pipeline"], row["slice_key"]) for row in stored} == {("shop", None)}
    assert all(row["checked_at"] is not None for row in stored)


def test_a_pass_a_failure_and_what_cannot_be_computed(checked: MemoryStore) -> None:
    (null, price) = sorted(rows(checked, check="not_null"), key=lambda row: str(row["column"]))
    assert (null["status"], null["column"], null["reason"]) == ("pass", "order_id", None)
    assert (price["status"], price["column"], price["severity"]) == ("fail", "price", "critical")
    assert price["message"].startswith("raw.orders.price fails not_null: expected ")
    (mean,) = rows(checked, check="metric")
    assert (mean["status"], mean["severity"]) == ("not_computable", "review")
    assert "string" in str(mean["reason"])
    (count,) = rows(checked, check="row_count", table="orders")
    assert (count["status"], count["column"]) == ("pass", None)
    assert {row["status"] for row in rows(checked, check="freshness")} == {"pass"}


def test_failures_come_first_and_worst_first(checked: MemoryStore) -> None:
    found = [(row["status"], row["severity"]) for row in rows(checked)]
    assert found[0] == ("fail", "critical")
    ranks = [(("fail", "not_computable", "pass").index(status), -Severity(loud).rank) for status, loud in found]
    assert ranks == sorted(ranks)


def test_rows_and_keys_are_held_against_the_other_stage_and_run(checked: MemoryStore) -> None:
    (kept,) = rows(checked, check="retention")
    assert (kept["status"], kept["observed"]) == ("fail", "80 %: 1,600 of 2,000 rows of raw.orders")
    found = {row["severity"]: row for row in rows(checked, table="order_features", check="key_coverage")}
    assert (found["warning"]["status"], found["warning"]["observed"]) == ("pass", "100 %")
    # Each day's orders are new.
    assert (found["review"]["status"], found["review"]["observed"]) == ("fail", "0 %")
    (first,) = [row for row in rows(checked, RUNS[0], table="order_features") if "run before" in row["expected"]]
    assert (first["status"], first["reason"]) == ("not_computable", "raw.orders has no profile in an earlier run")


def test_the_run_before_is_the_last_that_has_the_table(store: MemoryStore) -> None:
    again = tables()
    again[RUNS[1]] = {**again[RUNS[1]], "raw.orders": again[BROKEN]["raw.orders"]}
    profile(CONFIG, RUNS[1:2], engine=MemoryEngine(again), store=store)
    previous = {"table": "order_features", "check": "key_coverage", "severity": "review"}
    check(CONFIG, [BROKEN], store=store)
    assert [row["observed"] for row in rows(store, **previous)] == ["100 %"]
    # A run that is marked as bad is not the run before.
    Marks(store).mark_bad(RUNS[1], "test data")
    check(CONFIG, [BROKEN], store=store)
    assert [row["observed"] for row in rows(store, **previous)] == ["0 %"]
    Marks(store).clear(RUNS[1])
    # Where the run before failed, the one before that is held against.
    del again[RUNS[1]]["raw.orders"]
    forget(store, RUNS[1])
    profile(CONFIG, RUNS[1:2], engine=MemoryEngine(again), store=store)
    check(CONFIG, [BROKEN], store=store)
    assert [row["observed"] for row in rows(store, **previous)] == ["0 %"]


def test_a_reference_keeps_sketches_of_both_sides_and_is_checked(checked: MemoryStore) -> None:
    healthy, broken = (rows(checked, run, table="orders", check="key_coverage") for run in (RUNS[0], BROKEN))
    assert [(row["status"], row["severity"], row["observed"]) for row in healthy] == [("pass", "warning", "100 %")]
    assert [(row["status"], row["severity"], row["observed"]) for row in broken] == [("fail", "warning", "80 %")]
    assert healthy[0]["expected"] == "at least 100 % of distinct country in raw.countries.code"


def test_without_sql_a_query_is_not_computable_and_with_it_gets_the_tables_place(store: MemoryStore) -> None:
    asked: list[tuple[str, Mapping[str, str]]] = []

    def run_sql(query: str, names: Mapping[str, str]) -> SqlRows:
        asked.append((query, names))
        return [{"count": 17 if names["run_id"] == BROKEN else 3}]

    check(CONFIG, RUNS[1:], store=store)
    (without,) = rows(store, check="custom_sql")
    assert (without["status"], without["observed"]) == ("not_computable", "not known")
    check(CONFIG, RUNS[1:], store=store, run_sql=run_sql)
    places = [{"pipeline": "shop", "run_id": run, "stage": "raw", "table_name": "orders"} for run in RUNS[1:]]
    assert asked == [("SELECT count(*) FROM column_profiles", place) for place in places]
    found = [(row["status"], row["observed"]) for run in RUNS[1:] for row in rows(store, run, check="custom_sql")]
    assert found == [("fail", "3"), ("pass", "17")]


def test_checking_again_writes_the_same_rows(checked: MemoryStore) -> None:
    before = [rows(checked, run) for run in RUNS]
    check(CONFIG, [BROKEN, RUNS[0]], store=checked)
    assert [rows(checked, run) for run in RUNS] == before


@pytest.mark.parametrize("chosen", [{"stages": ["features"]}, {"tables": ["order_features"]}])
def test_a_part_of_the_tables_leaves_the_others_rows_alone(checked: MemoryStore, chosen: dict[str, list[str]]) -> None:
    store = checked.copy()
    fewer = configured(features="        checks: [{row_count: {max: 5}}]\n")
    outcome = check(fewer, [RUNS[1]], store=store, **chosen)  # type: ignore[arg-type]
    assert [(one.check, one.status) for one in outcome.checks] == [("row_count", "fail")]
    assert counts(store, RUNS[1]) == {**DECLARED, MADE: 1}
    assert counts(store, BROKEN) == DECLARED
    check(CONFIG, [RUNS[1]], store=store)
    assert counts(store, RUNS[1]) == DECLARED


def test_outcomes_come_in_the_order_of_runs_and_progress_counts_them(store: MemoryStore) -> None:
    progress = Recorded()
    outcome = check(CONFIG, [BROKEN, RUNS[0]], store=store, progress=progress)
    assert [run for run, _ in Counter(one.run_id for one in outcome.checks).items()] == [RUNS[0], BROKEN]
    failed = Counter(one.run_id for one in outcome.checks if one.status == "fail")
    assert progress.phases == [(2, "runs to check")]
    assert progress.steps == [f"{run}: {failed[run]} of 13 checks failed" for run in (RUNS[0], BROKEN)]
    assert progress.closed == 1
    assert (outcome.exit_status(Severity.CRITICAL), outcome.exit_status(None)) == (1, 0)


def test_few_columns_at_once_give_the_same(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    together = check(CONFIG, RUNS, store=store).checks
    monkeypatch.setattr("stageprint.pipeline.check._MAX_COLUMNS_AT_ONCE", 1)
    assert check(CONFIG, RUNS, store=store).checks == together


@pytest.mark.parametrize(
    ("runs", "more", "message"),
    [
        (["2026-03-9"], {}, "run '2026-03-9' is not in the store"),
        (RUNS, {"tables": ["oders"]}, "did you mean 'orders'"),
    ],
)
def test_a_wrong_name_is_said(store: MemoryStore, runs: list[str], more: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check(CONFIG, runs, store=store, **more)
    assert not store.exists(CHECK_RESULTS)


def test_compare_writes_them_and_fails_on_them(store: MemoryStore) -> None:
    outcome = compare(CONFIG, RUNS[:1], store=store)
    # A mean of texts and a query nobody runs are told; keys of the run before are not there yet.
    (finding,) = outcome.findings
    assert (finding.cause, finding.severity, finding.evidence["number"]) == (
        "check_not_computable",
        Severity.WARNING,
        2,
    )
    assert Counter(one.status for one in outcome.checks) == {"pass": 9, "fail": 1, "not_computable": 3}
    assert (outcome.exit_status(Severity.CRITICAL), outcome.exit_status(None)) == (1, 0)
    assert counts(store, RUNS[0]) == DECLARED
    # That a query cannot be computed is known after the other findings; its finding has an incident all the same.
    (stored,) = Results(store).findings(RUNS[0])
    assert stored["incident_id"] in {one.incident_id for one in Results(store).incidents()}
    # A configuration without checks leaves none behind.
    bare = compare(shop.config(Path("nowhere")), RUNS[:1], store=store)
    assert bare.checks == []
    assert bare.exit_status() == 0
    assert rows(store, RUNS[0]) == []


def test_a_table_without_a_profile_leaves_a_trace() -> None:
    without = tables()
    del without[RUNS[0]]["features.order_features"]
    store = MemoryStore("shop")
    profile(CONFIG, RUNS[:1], engine=MemoryEngine(without), store=store, tables=["order_features", "orders"])
    outcome = check(CONFIG, RUNS[:1], store=store, tables=["order_features", "countries"])
    assert [(table.key, table.error) for table in outcome.failed] == [
        (CODES, "not profiled in this run"),
        (MADE, f"{MADE} does not exist in run {RUNS[0]}"),
    ]
    assert {(one.key.table_key, one.status, one.reason) for one in outcome.checks} == {
        (CODES, "not_computable", "the table has no profile in this run"),
        (MADE, "not_computable", f"its profile failed: {MADE} does not exist in run {RUNS[0]}"),
    }
    assert outcome.exit_status() == 3


def incidents(store: MemoryStore) -> set[tuple[str, str, str, str]]:
    return {(one.cause, str(one.origin), one.status.value, one.opened_run) for one in Results(store).incidents()}


def test_a_check_of_a_compared_run_opens_and_ends_its_incidents(store: MemoryStore) -> None:
    plain = configured("        checks: []\n", "        checks: []\n")
    compare(plain, RUNS, store=store)
    before = incidents(store)
    sink = RememberingSink()
    only: dict[str, Any] = {"stages": ["raw"], "tables": ["orders"]}
    routes = [sink.route()]
    assert check(CONFIG, [BROKEN], store=store, routes=routes, **only).notes == []
    opened = incidents(store) - before
    assert ("check_failed", "raw.orders.price", "new", BROKEN) in opened
    assert ("opened", "raw.orders.price") in sink.told()
    times = {one.incident_id: one.opened_at for one in Results(store).incidents()}
    sent = len(sink.alerts)
    check(CONFIG, [BROKEN], store=store, routes=routes, **only)
    assert {one.incident_id: one.opened_at for one in Results(store).incidents()} == times
    assert len(sink.alerts) == sent
    healed = configured("        checks: [{row_count: {min: 1}}]\n")
    check(healed, [BROKEN], store=store, **only)
    assert incidents(store) == before


def test_failed_checks_of_a_run_that_was_not_compared_open_none_and_that_is_said(store: MemoryStore) -> None:
    notes = check(CONFIG, [BROKEN], store=store).notes
    assert notes == [
        f"run {BROKEN} has not been compared yet: its failed checks open no incident until `stageprint compare`"
    ]
    assert incidents(store) == set()
    assert check(configured("        checks: [{row_count: {min: 1}}]\n", ""), [BROKEN], store=store).notes == []
