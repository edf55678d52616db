"""A run decided in parts, in the executors, is decided as one in the driver."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import SparkSession

from stageprint.api import compare_runs, profile_runs
from stageprint.config.decision import DecisionSettings
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.spark.comparison import SparkComparison
from stageprint.errors import UsageError
from stageprint.model.result_tables import CALIBRATION, SHIFTS
from stageprint.pipeline.compare import MemoryLimits, compare
from stageprint.stores.spark.store import SparkStore, open_store

RUNS = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]

# On the 4th half of the prices are -1 and the labels gone.
QUERY = """SELECT id, IF('{run_id}' = '2026-03-04' AND id % 2 = 0, -1, (id * 37 % 1009) / 10) AS price,
  id % 7 + IF('{run_id}' = '2026-03-02', 1, 0) AS pieces,
  IF('{run_id}' = '2026-03-04', null, concat('c', id % 5)) AS label FROM range(500)"""


@pytest.fixture
def config(tmp_path: Any, spark: SparkSession) -> PipelineConfig:
    tables = [{"name": name, "source": {"sql": QUERY}} for name in ("prices", "offers")]
    pipeline = _pipeline(tmp_path, tables)
    assert profile_runs(pipeline, [*RUNS[:2], RUNS[3]], session=spark).exit_status == 0
    # One table misses a run: its history is that of the run before.
    fewer = _pipeline(tmp_path, tables[:1])
    assert profile_runs(fewer, RUNS[2:3], session=spark).exit_status == 0
    return pipeline


def _pipeline(home: Any, tables: list[dict[str, Any]]) -> PipelineConfig:
    return PipelineConfig.model_validate(
        {"pipeline": "parts", "store": f"{home}/store", "stages": [{"name": "raw", "tables": tables}]}
    )


def _shifts(store: SparkStore) -> list[dict[str, Any]]:
    rows = [row.asDict(recursive=True) for row in store.frame(SHIFTS).collect()]
    return sorted(rows, key=lambda row: (row["run_id"], row["table_name"], row["column_name"], row["statistic"]))


IN_EXECUTORS = SparkComparison(max_profiles_on_driver=0)
IN_PARTS = SparkComparison(max_profiles_on_driver=0, max_columns_on_driver=0, profiles_per_part=7)


@pytest.mark.parametrize("strategy", [IN_EXECUTORS, IN_PARTS], ids=["measured in executors", "decided in parts"])
@pytest.mark.parametrize("compared", [RUNS[:3], RUNS[:2]], ids=["the run before was compared", "it was not"])
def test_every_strategy_comes_to_the_same(
    spark: SparkSession, config: PipelineConfig, compared: list[str], strategy: SparkComparison
) -> None:
    store = open_store(config, spark)
    for column, hint in (("pricee", "price"), ("labels", "label"), ("prices", "price")):
        overrides = [{"table": "prices", "column": column, "ignore": True}]
        lost = config.model_copy(update={"decision": DecisionSettings.model_validate({"overrides": overrides})})
        with pytest.raises(UsageError, match=rf"overrides\[0\].column: expected a column of prices.*mean '{hint}'"):
            compare_runs(lost, RUNS[:1], session=spark)
    compare_runs(config, compared, session=spark)
    together = compare_runs(config, RUNS[3:], session=spark)
    expected = _shifts(store)
    # Each table is diagnosed by itself, and its profiles of each run are read by themselves.
    small = MemoryLimits(columns_per_read=1, columns_diagnosed_at_once=1)
    apart = compare(config, RUNS[3:], store=store, strategy=strategy, limits=small)
    assert len(together.findings) > 1
    assert [finding.sentence for finding in apart.findings] == [finding.sentence for finding in together.findings]
    assert (apart.shifts, apart.compared) == (together.shifts, together.compared)
    _assert_same(_shifts(store), expected)
    assert any(
        entry["backtests"] == 1
        for row in expected
        for entry in row["references"]
        if (row["run_id"], row["table_name"]) == (RUNS[3], "offers")
    )


def test_scores_are_stored_and_calibrate_later_runs(spark: SparkSession, config: PipelineConfig) -> None:
    store = open_store(config, spark)
    compare_runs(config, RUNS[:3], session=spark)
    compare_runs(config, RUNS[3:], session=spark)
    plain = {_unit(row): row for row in _shifts(store) if row["run_id"] == RUNS[3]}
    stored = _scores(store)
    assert {row["run_id"] for row in stored} == set(RUNS[1:])  # the first had nothing to be compared with
    assert sum(row["scores"] for row in stored if (row["run_id"], row["statistic"]) == (RUNS[3], "ks")) > 0
    # As if columns of such short histories had been compared a million times, and never moved.
    spark.sql(
        f"UPDATE delta.`{config.store}/calibration` SET scores = 1000000, backtests = 2, top = array(), "
        "alerting_scores = array()"
    )
    compare_runs(config, RUNS[3:], session=spark)
    expected = _shifts(store)
    changed = [
        row
        for row in expected
        if row["run_id"] == RUNS[3] and row["score"] and abs(row["p_value"] / plain[_unit(row)]["p_value"] - 1) > 0.1
    ]
    assert changed
    assert all(row["p_value"] >= 0.99 * 10 ** -(row["score"] + 2) for row in changed)
    scores = _scores(store)
    compare(config, RUNS[3:], store=store, strategy=IN_PARTS)
    _assert_same(_shifts(store), expected)
    assert _scores(store) == scores


def _unit(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["table_name"], row["column_name"], row["statistic"]


def _scores(store: SparkStore) -> list[dict[str, Any]]:
    rows = [row.asDict() for row in store.frame(CALIBRATION).collect()]
    return sorted(rows, key=lambda row: [str(row[name]) for name in CALIBRATION.arrow_schema.names])


def test_profiles_without_compact_features_are_compared_by_their_states(
    spark: SparkSession, config: PipelineConfig
) -> None:
    store = open_store(config, spark)
    compare_runs(config, RUNS, session=spark)
    expected = _shifts(store)
    # A store whose first run is older than compact features, and whose second run is of another release.
    place = f"delta.`{config.store}/column_profiles`"
    spark.sql(f"UPDATE {place} SET compact_features = null, compact_features_version = null WHERE run_id = '{RUNS[0]}'")
    spark.sql(f"UPDATE {place} SET compact_features = X'00', compact_features_version = 999 WHERE run_id = '{RUNS[1]}'")
    compare_runs(config, RUNS, session=spark)
    _assert_same(_shifts(store), expected)


def _assert_same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert len(found) == len(expected) > 100
    for one, other in zip(found, expected, strict=True):
        close = {name: pytest.approx(value, rel=1e-9) for name, value in one.items() if isinstance(value, float)}
        assert {**one, **close} == other
