"""Checks with queries of one's own, which Spark runs over the result tables; the view of the latest failures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from stageprint.api import check_runs, profile_runs
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.pipeline.results import Results
from stageprint.stores.spark.store import SparkStore, open_store
from tests.support import shop

RUNS = shop.days(2)
LATEST = RUNS[-1]

CHECKS = """\
        checks:
          - row_count: {min: 1000}
          - {check: not_null, column: price}
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


def configured(root: Path) -> PipelineConfig:
    return parse_config(shop.yaml(root).split("  - name: features")[0] + CHECKS)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checked")


@pytest.fixture(scope="module")
def store(root: Path, spark: SparkSession) -> SparkStore:
    shop.write(root, RUNS)
    config = configured(root)
    profile_runs(config, RUNS, session=spark)
    assert check_runs(config, RUNS, session=spark).failed == []
    return open_store(config, spark)


def rows(store: SparkStore, **only: Any) -> list[dict[str, Any]]:
    return [row for row in Results(store).check_rows([LATEST]) if all(row[key] == value for key, value in only.items())]


def test_queries_run_over_the_result_tables(store: SparkStore) -> None:
    assert Counter(row["status"] for row in rows(store)) == {"pass": 3, "fail": 1, "not_computable": 2}
    found = {row["status"]: row for row in rows(store, check="custom_sql", expected="five countries")}
    assert [(status, row["observed"]) for status, row in found.items()] == [("pass", "5")]
    (broken,) = rows(store, check="custom_sql", status="not_computable")
    (none,) = [row for row in rows(store, check="custom_sql", status="pass") if row["observed"] == "no rows"]
    # Nothing was compared yet: the table is there all the same, and empty.
    assert "five countries" not in none["expected"]
    assert broken["observed"] == "not known"
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


def test_the_latest_runs_failures_are_a_view(store: SparkStore, spark: SparkSession) -> None:
    own = spark.newSession()
    SparkStore(own, store.location, store.pipeline).create_temporary_views()
    found = own.table("failed_checks").collect()
    assert {row["run_id"] for row in found} == {LATEST}
    assert len(found) == sum(row["status"] != "pass" for row in rows(store)) == 3
    assert found[0]["severity"] == "critical"
