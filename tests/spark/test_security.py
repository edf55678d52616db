"""Whatever a run is called, a query reads its name as a value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from stageprint.api import list_runs, profile_runs
from stageprint.config.loader import build_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_ids import DEFAULT_RUN_ID_PATTERN
from stageprint.config.sources import Source
from stageprint.errors import UsageError
from stageprint.model.result_tables import RUNS, TABLE_PROFILES
from stageprint.model.where import EVERY_ROW, where
from stageprint.pipeline.tables import all_tables
from stageprint.report.terminal.console import make_console
from stageprint.report.terminal.outcomes import print_profiled
from stageprint.stores.spark.store import SparkStore, open_store

ALL_ROWS = "x' OR '1'='1"
HOSTILE = [
    ALL_ROWS,
    "'",
    "\\",
    "\\'",
    '"',
    "`",
    "--",
    "*/",
    "${spark.app.name}",
    "${env:HOME}",
    "{run_date}",
    "é\n;",
    "?",
]


def people(tmp_path: Path, pattern: str = DEFAULT_RUN_ID_PATTERN) -> PipelineConfig:
    query = "SELECT * FROM VALUES ('a@x', 1), ('b@x', 2), (\"x' OR '1'='1\", 3) AS t(email, n) WHERE email = '{run_id}'"
    table = {"name": "people", "source": {"sql": query}}
    return build_config(
        {
            "pipeline": "p",
            "store": str(tmp_path / "store"),
            "stages": [{"name": "raw", "tables": [table]}],
            "run_id_pattern": pattern,
        }
    )


def test_a_run_id_is_refused_by_default(tmp_path: Path, spark: SparkSession) -> None:
    with pytest.raises(UsageError, match="expected 1 to 128 letters"):
        profile_runs(people(tmp_path), [ALL_ROWS], session=spark)
    assert not (tmp_path / "store").exists()


def test_a_run_id_that_a_pipeline_allows_selects_only_its_own_rows(tmp_path: Path, spark: SparkSession) -> None:
    config = people(tmp_path, "(?s).+")
    assert profile_runs(config, [ALL_ROWS], session=spark).exit_status == 0
    rows = open_store(config, spark).read(TABLE_PROFILES).to_pylist()
    assert [row["row_count"] for row in rows] == [1]


@pytest.mark.parametrize("run", HOSTILE)
def test_spark_reads_back_the_run_s_name(spark: SparkSession, run: str) -> None:
    source = Source(
        sql="SELECT '{run_id}' AS whole, {run_id} AS alone, 'a{run_id}b' AS part /* {run_id} */ -- {run_id}"
    )
    found = spark.sql(source.for_run(run).text).collect()
    assert [tuple(row) for row in found] == [(run, run, f"a{run}b")]


def test_a_run_does_not_name_a_column(spark: SparkSession) -> None:
    source = Source(sql="SELECT count(*) FROM VALUES ('a'), ('b') AS t(email) WHERE email = {run_id}")
    assert [tuple(row) for row in spark.sql(source.for_run("email").text).collect()] == [(0,)]


def test_folders_that_are_no_runs_are_not_listed(tmp_path: Path, spark: SparkSession) -> None:
    for name in ("2013-05", "old copy"):
        spark.range(3).write.parquet(f"{tmp_path}/data/{name}/t")
    table = {"name": "t", "source": {"format": "parquet", "path": f"{tmp_path}/data/{{run_id}}/t"}}
    config = build_config({"pipeline": "p", "store": "s", "stages": [{"name": "raw", "tables": [table]}]})
    assert list_runs(config, spark) == ["2013-05"]


PLANTED = "Pl4nt3d/Spark+Pl4nt3d"


def test_no_credential_is_stored_or_shown(
    tmp_path: Path, spark: SparkSession, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.csv").write_text("a,b\n1,2\n", "utf-8")
    url = f"s3a://KEY:{PLANTED}@bucket/x"
    sources: dict[str, dict[str, Any]] = {
        "missing": {"format": "parquet", "path": url},
        "delta": {"format": "delta", "path": url},
        "query": {"sql": f"SELECT * FROM csv.`{url}`"},
        "signed": {"format": "csv", "path": f"https://host.invalid/x.csv?X-Amz-Signature={PLANTED}&v=1"},
        "option": {"format": "csv", "path": f"{tmp_path}/good.csv", "options": {"header": "true", "password": PLANTED}},
        "constant": {"sql": f"SELECT 1 AS a -- password='{PLANTED}'"},
        "wrong": {"sql": f"SELECT no_such_column, '{url}' AS x"},
    }
    tables = [{"name": name, "source": source} for name, source in sources.items()]
    config = build_config(
        {"pipeline": "p", "store": str(tmp_path / "store"), "stages": [{"name": "raw", "tables": tables}]}
    )
    outcome = profile_runs(config, ["r1"], session=spark)
    print_profiled(make_console(), outcome)
    failed = {table.key.table for table in outcome.failed}
    assert failed == {"missing", "delta", "query", "signed", "wrong"}
    store = open_store(config, spark)
    stored = "".join(repr(store.read(table).to_pylist()) for table in all_tables())
    shown = "".join(capfd.readouterr())
    files = b"".join(file.read_bytes() for file in (tmp_path / "store").rglob("*") if file.is_file())
    assert "missing" in shown
    for text in (stored, repr(outcome), shown, files.decode("latin-1")):
        assert "Pl4nt3d" not in text


def test_values_that_look_like_settings_select_their_own_rows(tmp_path: Path, spark: SparkSession) -> None:
    store = SparkStore(spark, str(tmp_path / "o'clock `x`"), "p'; --")
    rows: list[dict[str, object]] = [{"pipeline": "p'; --", "run_id": run, "status": "ok"} for run in HOSTILE]
    store.replace(RUNS, RUNS.rows(rows), EVERY_ROW)
    for run in HOSTILE:
        assert [row["run_id"] for row in store.read(RUNS, where(run_id=run)).to_pylist()] == [run]
    store.replace(RUNS, RUNS.rows(rows[:1]), where(run_id=HOSTILE[0]))
    assert store.read(RUNS).num_rows == len(HOSTILE)
    assert "delta.`" in store.view_statements()
    for statement in store.view_statements().split(";\n"):
        if statement.strip() and "CREATE OR REPLACE TEMPORARY VIEW runs" in statement:
            spark.sql(statement)
            assert spark.table("runs").count() == len(HOSTILE)
