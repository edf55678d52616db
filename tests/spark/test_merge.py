"""Merged fingerprints against those of all rows at once, on real data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from stageprint.api import merge_runs, profile_runs
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sketches import SketchSettings
from stageprint.errors import UsageError
from stageprint.model import ColumnKind
from stageprint.model.result_tables import RUNS, TABLE_PROFILES
from stageprint.pipeline.merge import merge_profiles
from stageprint.pipeline.profile_codec import profile_of, table_from_row
from stageprint.pipeline.tables import column_profiles
from stageprint.states.counts import CountsState
from stageprint.states.kll import KllState
from stageprint.stores.spark.store import SparkStore, open_store
from tests.support.columns import profile_of as column_of
from tests.support.nycflights import write_months

CONFIG = """\
pipeline: flights
store: {root}/store
stages:
  - name: raw
    tables:
      - name: flights
        source: {{format: parquet, path: "{path}"}}
        keys: [year, month, day, carrier, flight, origin]
        event_time: time_hour
        slices: [{{by: origin, values: [EWR, JFK]}}]
"""


def config(root: Path, path: str) -> PipelineConfig:
    return parse_config(CONFIG.format(root=root, path=path))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> SparkStore:
    root = tmp_path_factory.mktemp("months")
    runs = write_months(root)[:3]
    monthly = config(root, f"{root}/{{run_id}}/flights.parquet")
    profile_runs(monthly, runs, session=spark)
    assert merge_runs(monthly, runs, "2013-Q1", session=spark).exit_status == 0
    at_once = config(root, f"{root}/2013-0[123]/flights.parquet")
    assert profile_runs(at_once, ["at once"], session=spark).exit_status == 0
    return open_store(monthly, spark)


def tables(store: SparkStore, run: str) -> dict[Any, dict[str, Any]]:
    found = store.frame(TABLE_PROFILES).where(f"run_id = '{run}'").toArrow().to_pylist()
    return {(row["slice_key"], row["slice_value"]): row for row in found}


def columns(store: SparkStore, run: str) -> dict[Any, dict[str, Any]]:
    found = store.frame(column_profiles()).where(f"run_id = '{run}'").toArrow().to_pylist()
    return {(row["slice_key"], row["slice_value"], row["column_name"]): row for row in found}


def test_tables_add_up(store: SparkStore) -> None:
    merged, at_once = tables(store, "2013-Q1"), tables(store, "at once")
    assert merged.keys() == at_once.keys()
    for place, row in merged.items():
        for name in ("row_count", "rows_scanned", "column_count", "schema_json", "event_time_min", "event_time_max"):
            assert row[name] == at_once[place][name], (place, name)
        (key,), (whole,) = row["keys"], at_once[place]["keys"]
        assert (key["rows"], key["null_rows"]) == (whole["rows"], whole["null_rows"])
        assert key["distinct"] == pytest.approx(whole["distinct"], rel=0.05)
        assert table_from_row(row).keys
    assert merged[None, None]["engine_path"] == "merge"
    assert "2013-01, 2013-02, 2013-03" in merged[None, None]["source_location"]


def test_columns_are_as_if_profiled_at_once(store: SparkStore) -> None:
    merged, at_once = columns(store, "2013-Q1"), columns(store, "at once")
    assert merged.keys() == at_once.keys()
    sketched = {"states", "run_id", "pipeline"}
    exact = {"count", "min", "max", "sum", "text", "share"}
    checked = 0
    for place, row in merged.items():
        for name, value in row.items():
            expected = at_once[place][name]
            if name in sketched or not (set(name.split("_")) & exact) or "distinct" in name or "top" in name:
                continue
            checked += value is not None
            if isinstance(value, float):
                assert value == pytest.approx(expected, rel=1e-12), (place, name)
            else:
                assert value == expected, (place, name)
        for name in ("mean", "standard_deviation", "skewness", "kurtosis"):
            if row[name] is not None:
                assert row[name] == pytest.approx(at_once[place][name], rel=1e-9, abs=1e-9)
        if row["distinct_count"] is not None:
            assert row["distinct_count"] == pytest.approx(at_once[place]["distinct_count"], rel=0.1)
    assert checked > 500
    kll, other = (profile_of(found[None, None, "dep_delay"]).state(KllState) for found in (merged, at_once))
    assert kll is not None
    assert other is not None
    assert kll.n == other.n
    points = np.array([-10.0, 0.0, 5.0, 30.0, 120.0])
    assert abs(kll.cdf(points) - other.cdf(points)).max() <= kll.rank_error + other.rank_error


def test_the_run_is_known_as_merged(store: SparkStore) -> None:
    merged = {row["run_id"]: row["merged"] for row in store.frame(RUNS).collect()}
    assert merged == {"2013-01": False, "2013-02": False, "2013-03": False, "2013-Q1": True, "at once": False}


def test_a_table_missing_from_a_run_fails_and_says_where(spark: SparkSession, tmp_path: Path) -> None:
    for run in ("1", "2"):
        spark.range(5).write.parquet(str(tmp_path / run / "a"))
    spark.range(5).write.parquet(str(tmp_path / "1" / "b"))
    table = "- {{name: {0}, source: {{format: parquet, path: '{1}/{{run_id}}/{0}'}}}}"
    both = "\n      ".join(table.format(name, tmp_path) for name in "ab")
    pipeline = parse_config(f"pipeline: p\nstore: {tmp_path}/store\nstages:\n  - name: s\n    tables:\n      {both}\n")
    profile_runs(pipeline, ["1", "2"], session=spark)
    outcome = merge_runs(pipeline, ["1", "2"], "both", session=spark)
    assert [(found.key.table, found.status, found.rows) for found in outcome.tables] == [
        ("a", "ok", 10),
        ("b", "failed", None),
    ]
    assert "s.b was failed in run 2: profile it there, then merge" in str(outcome.tables[1].error)
    assert outcome.exit_status == 3
    for runs, into in ((["1"], "x"), (["1", "2"], "1")):
        with pytest.raises(UsageError, match="at least two runs to merge and another name"):
            merge_runs(pipeline, runs, into, session=spark)
    with pytest.raises(UsageError, match="run '3' is not in the store"):
        merge_runs(pipeline, ["1", "3"], "x", session=spark)


def test_a_column_whose_kind_changed_keeps_its_counts() -> None:
    numbers = column_of(pa.array([1, None]))
    texts = column_of(pa.array(["a", "b", None]))
    found = merge_profiles([numbers, texts], SketchSettings())
    counts = found.state(CountsState)
    assert counts is not None
    assert (counts.rows, counts.nulls) == (5, 2)
    assert (found.kind, found.data_type) == (ColumnKind.OTHER, "int64 | string")
