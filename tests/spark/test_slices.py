"""Slices beside the whole: right rows in the store, chosen values, the whole as the merge of its slices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from stageprint.api import compare_runs, profile_runs
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.spark.plan import plan_scan
from stageprint.errors import SourceError
from stageprint.model.result_tables import SHIFTS, TABLE_PROFILES
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
    found: list[dict[str, Any]] = store.frame(table).toArrow().to_pylist()
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
    # The same run again replaces its slices too.
    assert profile_runs(config(tmp_path, "origin"), ["1"], session=spark).exit_status == 0
    assert {row["slice_key"] for row in rows(store, "tables")} == {None, "origin"}


def test_a_declared_value_without_rows_has_a_profile_of_none(spark: SparkSession, tmp_path: Path) -> None:
    pipeline = config(tmp_path, "{by: origin, values: [EWR, XXX]}")
    profile_runs(pipeline, ["1"], session=spark)
    counts = {row["slice_value"]: row["row_count"] for row in rows(open_store(pipeline, spark), "tables")}
    assert counts == {None: 600, "EWR": 200, "XXX": 0, "__other__": 300, "__null__": 100}


@pytest.mark.parametrize(
    ("by", "message"),
    [("orgin +", "neither a column nor a condition"), ("nowhere > 1", "neither a column nor a condition.*nowhere")],
)
def test_a_slice_that_cannot_be_computed(spark: SparkSession, tmp_path: Path, by: str, message: str) -> None:
    pipeline = config(tmp_path, f'"{by}"')
    table = pipeline.table("raw", "flights")
    with pytest.raises(SourceError, match=message):
        plan_scan(spark.sql(str(table.source.sql)), table, pipeline.sketches)


DELAYS = """SELECT id * 37 % 1009 + 5 - IF('{run_id}' = '2026-03-03' AND id % 60 = 5, id * 37 % 1009 + 5, 0) AS delay,
  element_at(array('EWR', 'EWR', 'LGA', 'LGA', 'LGA', 'JFK'), cast(id % 6 + 1 AS int)) AS origin FROM range(6000)"""


def test_a_finding_that_begins_in_a_slice_names_it(spark: SparkSession, tmp_path: Path) -> None:
    # A tenth of JFK's delays become 0 on the 3rd: a sixtieth of all, under the floor.
    flights = {
        "name": "flights",
        "source": {"sql": DELAYS},
        "slices": [{"by": "origin", "values": ["EWR", "JFK", "LGA"]}],
    }
    pipeline = PipelineConfig.model_validate(
        {"pipeline": "sliced", "store": f"{tmp_path}/store", "stages": [{"name": "raw", "tables": [flights]}]}
    )
    runs = ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert profile_runs(pipeline, runs, session=spark).exit_status == 0
    (finding,) = compare_runs(pipeline, runs[2:], session=spark).findings
    assert str(finding.origin) == "raw.flights [origin = JFK].delay"
    assert finding.evidence["slice"] == {"key": "origin", "value": "JFK"}
    assert finding.sentence.startswith("In slice origin = JFK: ")
    shifts = open_store(pipeline, spark).frame(SHIFTS).where("severity != 'none'").collect()
    assert {(row["table_name"], row["slice_key"], row["slice_value"]) for row in shifts} == {
        ("flights", "origin", "JFK")
    }
