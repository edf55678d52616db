"""Runs marked bad are no reference; an accepted shift is the new normal."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from stageprint.api import compare_runs, profile_runs
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import UsageError
from stageprint.model.result_tables import RUNS, SHIFTS
from stageprint.pipeline.marks import Marks
from stageprint.pipeline.results import Results
from stageprint.stores.spark.store import SparkStore, open_store

RUNS_OF_MARCH = [f"2026-03-{day:02d}" for day in range(1, 11)]

# From the 7th on every price is three times what it was; the third is empty of labels.
QUERY = """SELECT id, (id * 37 % 1009) / 10 * IF('{run_id}' >= '2026-03-07', 3, 1) AS price,
  IF('{run_id}' = '2026-03-03', null, concat('c', id % 5)) AS label FROM range(3000)"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> PipelineConfig:
    root = tmp_path_factory.mktemp("marks")
    table = {"name": "prices", "source": {"sql": QUERY}, "keys": ["id"]}
    pipeline = PipelineConfig.model_validate(
        {"pipeline": "marks", "store": f"{root}/store", "stages": [{"name": "raw", "tables": [table]}]}
    )
    assert profile_runs(pipeline, RUNS_OF_MARCH, session=spark).exit_status == 0
    return parse_config(pipeline.model_dump_json(exclude_defaults=True))


def flagged(store: SparkStore, run: str, column: str) -> bool:
    rows = store.frame(SHIFTS).where(f"run_id = '{run}' AND column_name = '{column}'")
    return rows.where("severity IN ('critical', 'warning')").count() > 0


def references(store: SparkStore, run: str) -> set[str]:
    rows = store.frame(SHIFTS).where(f"run_id = '{run}' AND column_name = 'label' AND statistic = 'null_share'")
    return {ref["reference"] for row in rows.collect() for ref in row["references"] if ref["value"] is not None}


def test_an_accepted_shift_is_the_new_normal(spark: SparkSession, config: PipelineConfig) -> None:
    store = open_store(config, spark)
    compare_runs(config, RUNS_OF_MARCH[:8], session=spark)
    assert flagged(store, "2026-03-07", "price")
    assert flagged(store, "2026-03-08", "price")
    finding = next(row for row in Results(store).findings("2026-03-07") if row["column"] == "price")
    marks = Marks(store)
    assert "raw.prices.price" in {str(key) for key in marks.accept(finding["finding_id"], "new price list")}
    compare_runs(config, RUNS_OF_MARCH[8:], session=spark)
    assert not flagged(store, "2026-03-09", "price")
    assert not flagged(store, "2026-03-10", "price")
    with pytest.raises(UsageError, match="finding 'nonsense' is not in the store"):
        marks.accept("nonsense")


def test_a_bad_run_is_no_reference(spark: SparkSession, config: PipelineConfig) -> None:
    store = open_store(config, spark)
    marks = Marks(store)
    marks.mark_bad("2026-03-01", "test data")
    assert Marks(store).bad == {"2026-03-01": "test data"}
    compare_runs(config, ["2026-03-02"], session=spark)
    assert references(store, "2026-03-02") == set()
    assert marks.clear("2026-03-01")
    assert not marks.clear("2026-03-01")
    compare_runs(config, ["2026-03-02"], session=spark)
    assert "prev" in references(store, "2026-03-02")
    with pytest.raises(UsageError, match="run '2026-04-01' is not in the store"):
        marks.mark_bad("2026-04-01", "why")
    # Profiling again keeps what people said.
    marks.mark_bad("2026-03-03", "labels lost")
    profile_runs(config, ["2026-03-03"], session=spark)
    assert Marks(store).bad == {"2026-03-03": "labels lost"}
    assert store.frame(RUNS).count() == len(RUNS_OF_MARCH)
