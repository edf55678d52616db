"""A run decided in parts, in the executors, is decided as one in the driver."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from stageprint.api import compare_runs, profile_runs
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.spark.comparison import SparkComparison
from stageprint.model.result_tables import CALIBRATION, SHIFTS
from stageprint.pipeline.compare import MemoryLimits, compare
from stageprint.pipeline.marks import Marks
from stageprint.stores.spark.store import SparkStore, open_store

RUNS = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]

# On the 4th half of the prices are -1 and the labels gone.
QUERY = """SELECT id, IF('{run_id}' = '2026-03-04' AND id % 2 = 0, -1, (id * 37 % 1009) / 10) AS price,
  id % 7 + IF('{run_id}' = '2026-03-02', 1, 0) AS pieces,
  IF('{run_id}' = '2026-03-04', null, concat('c', id % 5)) AS label FROM range(500)"""

TABLES = [{"name": name, "source": {"sql": QUERY}} for name in ("prices", "offers")]


@pytest.fixture(scope="module")
def profiled(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Path:
    home = tmp_path_factory.mktemp("parts")
    assert profile_runs(_pipeline(home, TABLES), [*RUNS[:2], RUNS[3]], session=spark).exit_status == 0
    # One table misses a run: its history is that of the run before.
    assert profile_runs(_pipeline(home, TABLES[:1]), RUNS[2:3], session=spark).exit_status == 0
    return home / "store"


@pytest.fixture
def config(profiled: Path, tmp_path: Path) -> PipelineConfig:
    """Return a pipeline whose store has profiles and nothing else."""
    shutil.copytree(profiled, tmp_path / "store")
    return _pipeline(tmp_path, TABLES)


def _pipeline(home: Path, tables: list[dict[str, Any]]) -> PipelineConfig:
    return PipelineConfig.model_validate(
        {"pipeline": "parts", "store": f"{home}/store", "stages": [{"name": "raw", "tables": tables}]}
    )


def _shifts(store: SparkStore) -> list[dict[str, Any]]:
    rows = [row.asDict(recursive=True) for row in store.frame(SHIFTS).drop("manifest_id").collect()]
    return sorted(rows, key=lambda row: (row["run_id"], row["table_name"], row["column_name"], row["statistic"]))


IN_EXECUTORS = SparkComparison(max_profiles_on_driver=0)
IN_PARTS = SparkComparison(max_profiles_on_driver=0, max_columns_on_driver=0, profiles_per_part=7)


@pytest.mark.parametrize(
    ("strategy", "compared"),
    [
        pytest.param(
            *(IN_EXECUTORS, RUNS[:2]),
            marks=pytest.mark.slow,
            id="measured in executors, the run before not compared",
        ),
        pytest.param(IN_PARTS, RUNS[:3], id="decided in parts"),
    ],
)
def test_every_strategy_comes_to_the_same(
    spark: SparkSession, config: PipelineConfig, compared: list[str], strategy: SparkComparison
) -> None:
    store = open_store(config, spark)
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


@pytest.mark.slow
def test_stored_scores_calibrate_parts_too(spark: SparkSession, config: PipelineConfig) -> None:
    store = open_store(config, spark)
    compare_runs(config, RUNS[:3], session=spark)
    # As if columns of such short histories had been compared a million times, and never moved.
    spark.sql(
        f"UPDATE delta.`{config.store}/calibration` SET scores = 1000000, backtests = 2, top = array(), "
        "alerting_scores = array()"
    )
    compare_runs(config, RUNS[3:], session=spark)
    expected, scores = _shifts(store), _scores(store)
    compare(config, RUNS[3:], store=store, strategy=IN_PARTS)
    _assert_same(_shifts(store), expected)
    assert _scores(store) == scores


@pytest.mark.slow
def test_a_run_marked_bad_is_as_if_it_were_not_there_in_parts_too(
    spark: SparkSession, config: PipelineConfig, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("never")
    never = _pipeline(home, TABLES)
    shutil.copytree(config.store, never.store)
    for table in ("runs", "table_profiles", "column_profiles"):
        spark.sql(f"DELETE FROM delta.`{never.store}/{table}` WHERE run_id = '{RUNS[1]}'")
    Marks(open_store(config, spark)).mark_bad(RUNS[1], "a piece more in every order")
    compare(config, RUNS, store=open_store(config, spark), strategy=IN_PARTS)
    compare(never, [RUNS[0], *RUNS[2:]], store=open_store(never, spark), strategy=IN_PARTS)
    found = [row for row in _shifts(open_store(config, spark)) if row["run_id"] != RUNS[1]]
    _assert_same(found, _shifts(open_store(never, spark)))


def _scores(store: SparkStore) -> list[dict[str, Any]]:
    rows = [row.asDict() for row in store.frame(CALIBRATION).drop("manifest_id").collect()]
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


@pytest.mark.slow
def test_executors_compare_profiles_without_compact_features_by_their_states(
    spark: SparkSession, config: PipelineConfig
) -> None:
    store = open_store(config, spark)
    compare_runs(config, RUNS[3:], session=spark)
    expected = _shifts(store)
    # A store whose first run is older than compact features, and whose second run is of another release.
    place = f"delta.`{config.store}/column_profiles`"
    spark.sql(f"UPDATE {place} SET compact_features = null, compact_features_version = null WHERE run_id = '{RUNS[0]}'")
    spark.sql(f"UPDATE {place} SET compact_features = X'00', compact_features_version = 999 WHERE run_id = '{RUNS[1]}'")
    compare(config, RUNS[3:], store=store, strategy=IN_EXECUTORS)
    _assert_same(_shifts(store), expected)


def _assert_same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert len(found) == len(expected) > 100
    for one, other in zip(found, expected, strict=True):
        close = {name: pytest.approx(value, rel=1e-9) for name, value in one.items() if isinstance(value, float)}
        assert {**one, **close} == other
