"""Slices by columns and by conditions in SQL: right rows beside the whole, and what cannot be computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from stageprint.api import profile_runs
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.spark.compat import to_arrow
from stageprint.engines.spark.plan import plan_scan
from stageprint.errors import SourceError
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.spark.store import SparkStore, open_store

CONFIG = """\
pipeline: sliced
store: {root}/store
stages:
  - name: raw
    tables:
      - name: flights
        source: {{sql: "SELECT id % 7 AS delay, element_at(array('EWR', 'EWR', 'JFK', null, 'LGA', 'PIT'), cast(id % 6 + 1 AS int)) AS origin FROM range(600)"}}
        slices: [{slices}]
        keys: [delay]
"""  # noqa: E501


def config(root: Path, slices: str) -> PipelineConfig:
    return parse_config(CONFIG.format(root=root, slices=slices))


def rows(store: SparkStore, name: str) -> list[dict[str, Any]]:
    table = column_profiles() if name == "columns" else TABLE_PROFILES
    found: list[dict[str, Any]] = to_arrow(store.frame(table)).to_pylist()
    return found


def test_each_value_is_profiled_beside_the_whole(spark: SparkSession, tmp_path: Path) -> None:
    pipeline = config(tmp_path, '{by: origin, limit: 2}, "delay > 2"')
    assert profile_runs(pipeline, ["1"], session=spark).exit_status == 0
    store = open_store(pipeline, spark)
    counts = {(row["slice_key"], row["slice_value"]): row["row_count"] for row in rows(store, "tables")}
    assert counts == {
        (None, None): 600,
        ("origin", "EWR"): 200,
        ("origin", "JFK"): 100,
        ("origin", "__other__"): 200,
        ("origin", "__null__"): 100,
        ("delay > 2", "true"): counts["delay > 2", "true"],
        ("delay > 2", "false"): 600 - counts["delay > 2", "true"],
    }
    columns = {(r["slice_key"], r["slice_value"], r["column_name"]): r for r in rows(store, "columns")}
    assert len(columns) == 2 * len(counts)
    assert columns["delay > 2", "true", "delay"]["min"] == 3
    assert columns["origin", "EWR", "origin"]["null_count"] == 0
    for field in ("row_count", "null_count", "zero_count"):
        parts = [row[field] for (key, _, column), row in columns.items() if key == "origin" and column == "delay"]
        assert sum(parts) == columns[None, None, "delay"][field]
    total = sum(r["mean"] * r["row_count"] for (key, _, c), r in columns.items() if key == "origin" and c == "delay")
    assert total / 600 == pytest.approx(columns[None, None, "delay"]["mean"], rel=1e-12)


@pytest.mark.parametrize(
    ("by", "message"),
    [("orgin +", "neither a column nor a condition"), ("nowhere > 1", "neither a column nor a condition.*nowhere")],
)
def test_a_slice_that_cannot_be_computed(spark: SparkSession, tmp_path: Path, by: str, message: str) -> None:
    pipeline = config(tmp_path, f'"{by}"')
    table = pipeline.table("raw", "flights")
    with pytest.raises(SourceError, match=message):
        plan_scan(spark.sql(str(table.source.sql)), table, pipeline.sketches)
