"""The jobs under the real spark-submit, on the same configuration, with the same results as the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyspark
import pytest
from pyspark.sql import SparkSession

from stageprint.cli import run as stageprint
from stageprint.engines.spark.jars import delta_jars
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.spark.store import SparkStore
from tests.support import shop

ROOT = Path(__file__).parents[2]
RUNS = shop.days(2)


def _spark_submit(job: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    with delta_jars(has_own_packages=True) as settings:
        jars = settings["spark.driver.extraClassPath"]
    command = [
        str(submit),
        *("--master", "local[2]"),
        *("--driver-class-path", jars),
        *("--conf", "spark.sql.shuffle.partitions=2"),
        *("--conf", "spark.databricks.delta.snapshotPartitions=1"),
        *("--conf", "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1"),
        str(ROOT / "jobs" / job),
        *arguments,
    ]
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603


def _exact(store: SparkStore) -> list[dict[str, object]]:
    """Return the first run's figures that are the same however often a table is read: no quantiles, no sketches."""
    names = ["row_count", "null_count", "distinct_count", "mean", "standard_deviation", "min_text", "max_text"]
    rows = store.frame(column_profiles()).where(f"run_id = '{RUNS[0]}'").select("stage", "column_name", *names)
    return [row.asDict() for row in rows.orderBy("stage", "column_name").collect()]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Path:
    assert spark.version  # the session's start has fetched Delta's jars
    root = tmp_path_factory.mktemp("submit")
    shop.write(root, RUNS)
    (root / "shop.yml").write_text(shop.yaml(root))
    return root


def test_profile_and_compare_run_under_spark_submit(place: Path, spark: SparkSession) -> None:
    config = str(place / "shop.yml")
    assert stageprint(["profile", "--config", config, "--run", RUNS[0], "--engine", "spark"]) == 0
    submitted = _spark_submit("profile_tables.py", "--config", config, "--run", RUNS[0], "--run", RUNS[1])
    assert submitted.returncode == 0, submitted.stderr[-3000:]
    store = SparkStore(spark, f"{place}/store", "shop")
    assert Results(store).run_ids() == RUNS
    by_job = _exact(store)
    assert stageprint(["profile", "--config", config, "--run", RUNS[0], "--engine", "spark"]) == 0
    assert by_job == _exact(store)
    assert len(by_job) == 11

    compared = _spark_submit("compare_runs.py", "--config", config, "--run", RUNS[1])
    assert compared.returncode == 0, compared.stderr[-3000:]
    assert Results(store).compared(RUNS).keys() == {RUNS[1]}


def test_a_wrong_name_exits_with_2_under_spark_submit(place: Path) -> None:
    submitted = _spark_submit(
        "profile_tables.py", "--config", str(place / "shop.yml"), "--run", RUNS[0], "--stage", "rw"
    )
    assert submitted.returncode == 2
    shown = submitted.stdout + submitted.stderr  # spark-submit sends the driver's stderr to stdout
    assert "did you mean 'raw'" in shown
    assert "Traceback" not in shown
