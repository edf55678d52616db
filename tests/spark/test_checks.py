"""Checks of a small store: their rows, that writing them again changes nothing, and queries of one's own."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from stageprint.api import check_runs, compare_runs, profile_runs
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import UsageError
from stageprint.model import Severity
from stageprint.model.result_tables import CHECK_RESULTS
from stageprint.pipeline.results import Results
from stageprint.stores.spark.store import SparkStore, open_store
from tests.support import shop

RUNS = shop.days(3)
BROKEN = RUNS[-1]

RAW = """\
        exact_keys: true
        references: {country: raw.countries.code}
        checks:
          - row_count: {min: 1000}
          - key_unique
          - not_null: [order_id, price]
          - {check: accepted_values, column: country, values: [DE, FR, GB, IT, PL], severity: warning}
          - {check: freshness, max_age: 1d}
          - {check: metric, column: country, metric: mean, min: 0, severity: review}
          - custom_sql:
              sql: >-
                SELECT distinct_count FROM column_profiles WHERE pipeline = :pipeline AND run_id = :run_id
                AND stage = :stage AND table_name = :table_name AND column_name = 'country'
              max: 5
              description: five countries
          - custom_sql: SELECT * FROM findings WHERE run_id = :run_id
          - {check: custom_sql, sql: SELECT nothing FROM table_profiles}
"""
FEATURES = """\
        checks:
          - retention: {min_share: 1.0}
          - {check: key_coverage, references: raw.orders, severity: warning}
          - {check: key_coverage, references: raw.orders, run: previous, severity: review}
"""
COUNTRIES = """\
      - name: countries
        source: {format: parquet, path: "ROOT/data/{run_id}/raw/countries.parquet"}
        checks: [{row_count: {min: 1}}]
"""


def _lose_a_fifth(table: pa.Table) -> pa.Table:
    return table.filter(pa.array([row % 5 != 0 for row in range(table.num_rows)]))


def configured(root: Path, raw: str = RAW, features: str = FEATURES) -> PipelineConfig:
    one, two = shop.yaml(root).split("        event_time: ordered_at\n")[:2]
    event = "        event_time: ordered_at\n"
    return parse_config(one + event + raw + COUNTRIES.replace("ROOT", str(root)) + two + event + features)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Path:
    where = tmp_path_factory.mktemp("checked")
    shop.write(where, RUNS, {(BROKEN, "features"): _lose_a_fifth})
    for run in RUNS:
        codes = pa.table({"code": list(shop.COUNTRIES[: 4 if run == BROKEN else 5])})
        pq.write_table(codes, where / "data" / run / "raw" / "countries.parquet")
    profile_runs(configured(where), RUNS, session=spark)
    return where


@pytest.fixture(scope="module")
def store(root: Path, spark: SparkSession) -> SparkStore:
    assert check_runs(configured(root), RUNS, session=spark).failed == []
    return open_store(configured(root), spark)


def rows(store: SparkStore, run: str = BROKEN, **only: Any) -> list[dict[str, Any]]:
    return [row for row in Results(store).check_rows([run]) if all(row[key] == value for key, value in only.items())]


def test_each_check_of_each_column_is_a_row(store: SparkStore) -> None:
    counts = Counter((row["stage"], row["table"]) for row in rows(store))
    assert counts == {("raw", "orders"): 11, ("raw", "countries"): 1, ("features", "order_features"): 3}
    stored = store.frame(CHECK_RESULTS).collect()
    assert len(stored) == 3 * 15
    assert {(row["pipeline"], row["slice_key"]) for row in stored} == {("shop", None)}
    assert all(row["checked_at"] is not None for row in stored)


def test_a_pass_a_failure_and_what_cannot_be_computed(store: SparkStore) -> None:
    (null, price) = sorted(rows(store, check="not_null"), key=lambda row: str(row["column"]))
    assert (null["status"], null["column"], null["reason"]) == ("pass", "order_id", None)
    assert (price["status"], price["column"], price["severity"]) == ("fail", "price", "critical")
    assert price["message"].startswith("raw.orders.price fails not_null: expected ")
    (mean,) = rows(store, check="metric")
    assert (mean["status"], mean["severity"]) == ("not_computable", "review")
    assert "string" in str(mean["reason"])
    (count,) = rows(store, check="row_count", table="orders")
    assert (count["status"], count["column"]) == ("pass", None)
    assert {row["status"] for row in rows(store, check="freshness")} == {"pass"}


def test_failures_come_first_and_worst_first(store: SparkStore) -> None:
    found = [(row["status"], row["severity"]) for row in rows(store)]
    assert found[0] == ("fail", "critical")
    ranks = [(("fail", "not_computable", "pass").index(status), -Severity(loud).rank) for status, loud in found]
    assert ranks == sorted(ranks)


def test_rows_and_keys_are_held_against_the_other_stage_and_run(store: SparkStore) -> None:
    (kept,) = rows(store, check="retention")
    assert (kept["status"], kept["observed"]) == ("fail", "80 %: 1,600 of 2,000 rows of raw.orders")
    same, before = rows(store, table="order_features", check="key_coverage")[::-1]
    assert (same["status"], same["observed"]) == ("pass", "100 %")
    # Each day's orders are new.
    assert (before["status"], before["observed"]) == ("fail", "0 %")
    (first,) = [row for row in rows(store, RUNS[0], table="order_features") if "run before" in row["expected"]]
    assert (first["status"], first["reason"]) == ("not_computable", "raw.orders has no profile in an earlier run")


def test_a_reference_keeps_sketches_of_both_sides_and_is_checked(store: SparkStore) -> None:
    healthy, broken = (rows(store, run, table="orders", check="key_coverage") for run in (RUNS[0], BROKEN))
    assert [(row["status"], row["severity"], row["observed"]) for row in healthy] == [("pass", "warning", "100 %")]
    assert [(row["status"], row["severity"], row["observed"]) for row in broken] == [("fail", "warning", "80 %")]
    assert healthy[0]["expected"] == "at least 100 % of distinct country in raw.countries.code"


def test_queries_run_over_the_result_tables(store: SparkStore) -> None:
    broken, five, none = rows(store, check="custom_sql")
    assert (five["expected"], five["status"], five["observed"]) == ("five countries", "pass", "5")
    # Nothing was compared yet: the table is there all the same, and empty.
    assert (none["status"], none["observed"]) == ("pass", "no rows")
    assert (broken["status"], broken["observed"]) == ("not_computable", "not known")
    assert str(broken["reason"]).startswith("the query cannot be run: [UNRESOLVED_COLUMN")
    assert "\n" not in str(broken["reason"])


def test_the_queries_views_are_not_the_users(root: Path, store: SparkStore, spark: SparkSession) -> None:
    assert store.path is not None
    spark.range(3).createOrReplaceTempView("findings")
    try:
        check_runs(configured(root), RUNS[:1], session=spark)
        assert spark.table("findings").columns == ["id"]
        assert not spark.catalog.tableExists("column_profiles")
    finally:
        spark.catalog.dropTempView("findings")


def test_checking_again_writes_the_same_rows(root: Path, store: SparkStore, spark: SparkSession) -> None:
    before = [rows(store, run) for run in RUNS]
    check_runs(configured(root), [BROKEN, RUNS[0]], session=spark)
    assert [rows(store, run) for run in RUNS] == before


def test_a_part_of_the_tables_leaves_the_others_rows_alone(root: Path, store: SparkStore, spark: SparkSession) -> None:
    fewer = configured(root, features="        checks: [{row_count: {max: 5}}]\n")
    outcome = check_runs(fewer, [RUNS[1]], stages=["features"], session=spark)
    assert [(check.check, check.status) for check in outcome.checks] == [("row_count", "fail")]
    counts = Counter(row["table"] for row in rows(store, RUNS[1]))
    assert counts == {"orders": 11, "countries": 1, "order_features": 1}
    check_runs(configured(root), [RUNS[1]], session=spark)
    assert len(rows(store, RUNS[1])) == 15


def test_a_run_that_is_not_there_is_named(root: Path, spark: SparkSession) -> None:
    with pytest.raises(UsageError, match="run '2026-03-9' is not in the store"):
        check_runs(configured(root), ["2026-03-9"], session=spark)


def test_compare_writes_them_and_fails_on_them(root: Path, spark: SparkSession, tmp_path: Path) -> None:
    shutil.copytree(root / "store", tmp_path / "store", ignore=shutil.ignore_patterns("check_results"))
    config = configured(root).model_copy(update={"store": str(tmp_path / "store")})
    outcome = compare_runs(config, RUNS[:1], session=spark)
    assert outcome.findings == []
    assert Counter(check.status for check in outcome.checks) == {"pass": 11, "fail": 1, "not_computable": 3}
    assert (outcome.exit_status(Severity.CRITICAL), outcome.exit_status(None)) == (1, 0)
    store = open_store(config, spark)
    first = rows(store, RUNS[0])
    assert len(first) == 15
    # A configuration without checks leaves none behind.
    bare = compare_runs(shop.config(root).model_copy(update={"store": config.store}), RUNS[:1], session=spark)
    assert bare.checks == []
    assert bare.exit_status() == 0
    assert rows(store, RUNS[0]) == []


def test_a_table_without_a_profile_leaves_a_trace(root: Path, spark: SparkSession, tmp_path: Path) -> None:
    config = configured(root).model_copy(update={"store": str(tmp_path / "store")})
    moved = root / "data" / RUNS[0] / "features"
    moved.rename(moved.with_name("elsewhere"))
    try:
        profile_runs(config, RUNS[:1], tables=["order_features", "orders"], session=spark)
    finally:
        moved.with_name("elsewhere").rename(moved)
    outcome = check_runs(config, RUNS[:1], tables=["order_features", "countries"], session=spark)
    assert [table.key.table for table in outcome.failed] == ["order_features"]
    reasons = {(check.key.table, check.status, str(check.reason)[:46]) for check in outcome.checks}
    assert reasons == {
        ("countries", "not_computable", "the table has no profile in this run"),
        ("order_features", "not_computable", "its profile failed: parquet source '" + str(root)[:10]),
    }
    assert outcome.exit_status() == 3


def test_the_latest_runs_failures_are_a_view(store: SparkStore, spark: SparkSession) -> None:
    own = spark.newSession()
    SparkStore(own, store.location, store.pipeline).create_temporary_views()
    found = own.table("failed_checks").collect()
    assert {row["run_id"] for row in found} == {BROKEN}
    assert len(found) == sum(row["status"] != "pass" for row in rows(store))
    assert found[0]["severity"] == "critical"
