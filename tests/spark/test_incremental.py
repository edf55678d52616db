"""Partition by partition: only what changed is read, and the table is as if read whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import pytest
from pyspark.sql import DataFrame, SparkSession

from stageprint.api import profile_runs
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.spark import incremental
from stageprint.engines.spark.compat import to_arrow
from stageprint.engines.spark.engine import SparkEngine
from stageprint.engines.spark.incremental import _plan_text
from stageprint.errors import ConfigError
from stageprint.fingerprint import TablePlan, plan_column
from stageprint.model import ColumnKind
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.profile import profile
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.memory import MemoryStore
from stageprint.stores.spark.store import open_store

CONFIG = """\
pipeline: days
store: {root}/store
stages:
  - name: raw
    tables:
      - name: events
        source: {{format: {format}, path: "{root}/events"}}
        keys: [id, day]
        incremental: day
      - name: whole
        source: {{format: {format}, path: "{root}/events"}}
        keys: [id, day]
"""


def config(root: Path, form: str) -> PipelineConfig:
    return parse_config(CONFIG.format(root=root, format=form))


def days(spark: SparkSession, first: int, last: int, salt: int = 0) -> DataFrame:
    query = (
        "SELECT id, (id * 7919 + {salt}) % 1000 / 4 AS x, concat('s', id % 13) AS s, "
        "IF(id % 50 = 3, null, DATE'2013-01-01' + CAST(id % {days} + {first} AS int)) AS day FROM range(2000)"
    )
    return spark.sql(query.format(salt=salt, days=last - first, first=first))


def rows(spark: SparkSession, pipeline: PipelineConfig, run: str) -> tuple[dict[Any, Any], dict[Any, Any]]:
    store = open_store(pipeline, spark)
    tables = to_arrow(store.frame(TABLE_PROFILES).where(f"run_id = '{run}'")).to_pylist()
    columns = to_arrow(store.frame(column_profiles()).where(f"run_id = '{run}'")).to_pylist()
    return (
        {(row["table_name"], row["slice_value"]): row for row in tables},
        {(row["table_name"], row["slice_value"], row["column_name"]): row for row in columns},
    )


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    names = ("row_count", "null_count", "min", "max", "min_text", "max_text", "empty_count", "length_max", "true_count")
    assert {name: one[name] for name in names} == {name: other[name] for name in names}
    for name in ("mean", "standard_deviation", "distinct_count"):
        expected = other[name]
        assert one[name] == (
            None if expected is None else pytest.approx(expected, rel=1e-9 if name == "mean" else 0.05)
        )


@pytest.mark.parametrize("form", [pytest.param("parquet", marks=pytest.mark.slow), "delta"])
def test_only_new_and_changed_partitions_are_read(spark: SparkSession, tmp_path: Path, form: str) -> None:
    pipeline = config(tmp_path, form)
    path = str(tmp_path / "events")
    days(spark, 0, 4).write.format(form).partitionBy("day").save(path)
    assert profile_runs(pipeline, ["1"], session=spark).exit_status == 0
    tables, columns = rows(spark, pipeline, "1")
    parts = {value: row["row_count"] for (table, value), row in tables.items() if table == "events" and value}
    assert set(parts) == {"2013-01-01", "2013-01-02", "2013-01-03", "2013-01-04", "__null__"}
    assert sum(parts.values()) == tables["events", None]["row_count"] == tables["events", None]["rows_scanned"] == 2000

    # Two more days and some more rows without one: those three partitions are read, the others are not.
    days(spark, 4, 6, 5).write.format(form).mode("append").partitionBy("day").save(path)
    assert profile_runs(pipeline, ["2"], session=spark).exit_status == 0
    tables, columns = rows(spark, pipeline, "2")
    whole = tables["events", None]
    assert whole["row_count"] == tables["whole", None]["row_count"] == 4000
    read = {value: row["rows_scanned"] for (table, value), row in tables.items() if table == "events" and value}
    assert {value for value, scanned in read.items() if scanned} == {"2013-01-05", "2013-01-06", "__null__"}
    assert whole["rows_scanned"] == sum(read.values()) < 4000
    (key,), (other,) = whole["keys"], tables["whole", None]["keys"]
    assert (key["rows"], key["null_rows"]) == (other["rows"], other["null_rows"])
    assert key["distinct"] == pytest.approx(other["distinct"], rel=0.05)
    for name in ("id", "x", "s", "day"):
        same(columns["events", None, name], columns["whole", None, name])

    # Nothing new: nothing is read.
    assert profile_runs(pipeline, ["3"], tables=["events"], session=spark).exit_status == 0
    tables, columns = rows(spark, pipeline, "3")
    assert (tables["events", None]["row_count"], tables["events", None]["rows_scanned"]) == (4000, 0)
    assert columns["events", None, "x"]["row_count"] == 4000


@pytest.mark.slow
def test_another_way_of_taking_a_column_reads_everything_again(spark: SparkSession, tmp_path: Path) -> None:
    pipeline = config(tmp_path, "parquet")
    days(spark, 0, 2).write.partitionBy("day").parquet(str(tmp_path / "events"))
    profile_runs(pipeline, ["1"], tables=["events"], session=spark)
    finer = parse_config(CONFIG.format(root=tmp_path, format="parquet") + "sketches: {kll_k: 800}\n")
    profile_runs(finer, ["2"], tables=["events"], session=spark)
    assert rows(spark, finer, "2")[0]["events", None]["rows_scanned"] == 2000


def test_another_secret_reads_everything_again() -> None:
    one, other = (
        _plan_text(TablePlan((plan_column("email", 0, "string", ColumnKind.STRING, sensitive="hashed", secret=key),)))
        for key in (b"a secret", b"another one")
    )
    assert one != other
    assert "a secret" not in one


def test_what_cannot_be_incremental(spark: SparkSession, tmp_path: Path) -> None:
    text = CONFIG.format(root=tmp_path, format="parquet")
    days(spark, 0, 2).write.partitionBy("day").parquet(str(tmp_path / "events"))
    outcome = profile_runs(parse_config(text.replace("incremental: day", "incremental: dya")), ["1"], session=spark)
    assert [table.status for table in sorted(outcome.tables, key=lambda one: one.key)] == ["failed", "ok"]
    assert "incremental: the source has no column 'dya'; it has id, x, s, day" in str(outcome.failed[0].error)
    with pytest.raises(ConfigError, match="incremental: not allowed together with `slices`"):
        parse_config(text.replace("incremental: day", "incremental: day\n        slices: [s]"))
    with pytest.raises(ConfigError, match="incremental: needs files or a table as source"):
        parse_config(text.replace(f'{{format: parquet, path: "{tmp_path}/events"}}', "{sql: SELECT 1}", 1))


def no_listing(*_arguments: object) -> NoReturn:
    message = "the files were listed"
    raise AssertionError(message)


def in_memory(spark: SparkSession, pipeline: PipelineConfig, store: MemoryStore, run: str, *tables: str) -> Any:
    """Profile a run into a store in memory, and return its rows as `rows` does."""
    outcome = profile(pipeline, [run], tables=tables, engine=SparkEngine(spark), store=store)
    assert not outcome.failed
    own = where(run_id=run)
    tables_of_run = store.read(TABLE_PROFILES, own).to_pylist()
    columns_of_run = store.read(column_profiles(), own).to_pylist()
    return (
        {(row["table_name"], row["slice_value"]): row for row in tables_of_run},
        {(row["table_name"], row["slice_value"], row["column_name"]): row for row in columns_of_run},
    )


def test_the_log_of_a_delta_table_says_which_partitions_changed(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline, path = config(tmp_path, "delta"), str(tmp_path / "events")
    monkeypatch.setattr(incremental, "_listed", no_listing)
    days(spark, 0, 3).write.format("delta").partitionBy("day").save(path)
    spark.sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")

    store = MemoryStore("days")

    def read(run: str) -> set[Any]:
        tables, columns = in_memory(spark, pipeline, store, run)
        for name in ("id", "x", "s", "day"):
            same(columns["events", None, name], columns["whole", None, name])
        return {value for (table, value), row in tables.items() if table == "events" and value and row["rows_scanned"]}

    assert read("1") == {"2013-01-01", "2013-01-02", "2013-01-03", "__null__"}
    spark.sql(f"DELETE FROM delta.`{path}` WHERE id % 7 = 1 AND day = DATE'2013-01-02'")  # a deletion vector
    assert read("2") == {"2013-01-02"}
    days(spark, 0, 1, 3).where("day IS NOT NULL").write.format("delta").mode("append").save(path)
    spark.sql(f"OPTIMIZE delta.`{path}` WHERE day = DATE'2013-01-01'")  # the same rows in other files
    spark.sql(f"DELETE FROM delta.`{path}` WHERE day = DATE'2013-01-03'")
    assert read("3") == {"2013-01-01"}


def test_a_version_that_is_in_the_store_is_not_looked_at(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the column is no partition column, so that the log does not say which rows are in which file."""
    pipeline, path = config(tmp_path, "delta"), str(tmp_path / "events")
    days(spark, 0, 3).coalesce(2).write.format("delta").save(path)
    store = MemoryStore("days")
    before = in_memory(spark, pipeline, store, "1", "events")
    with monkeypatch.context() as patched:
        patched.setattr(incremental, "_listed", no_listing)
        patched.setattr(incremental, "files_by_partition", no_listing)
        tables, columns = in_memory(spark, pipeline, store, "2", "events")
    assert (tables["events", None]["rows_scanned"], tables["events", None]["row_count"]) == (0, 2000)
    assert set(tables) == set(before[0])
    for name in ("id", "x", "s", "day"):
        same(columns["events", None, name], before[1]["events", None, name])
    spark.sql(f"OPTIMIZE delta.`{path}`")  # other files: every one of them holds rows of all days
    assert in_memory(spark, pipeline, store, "3", "events")[0]["events", None]["rows_scanned"] == 2000
