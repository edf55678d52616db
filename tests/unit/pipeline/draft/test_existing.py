from __future__ import annotations

import difflib

import pytest
import yaml

from stageprint.config.loader import parse_config
from stageprint.errors import ConfigError, UsageError
from stageprint.pipeline.draft.existing import tables_of, with_new
from stageprint.pipeline.draft.model import Concluded, DraftStage, DraftTable, TableFound

TEXT = """\
# ours
pipeline: shop
store: ./observability   # keep
stages:
  # first
  - name: raw
    tables:
      - name: orders   # the big one
        source: {format: parquet, path: "data/{run_id}/orders"}
        keys: [order_id]

        # a remark at the end
  - name: clean
    upstream: [raw]
    tables:
    - name: orders
      source:
        format: delta
        path: data/{run_id}/clean/orders
decision:
  window: 7
"""


def _table(stage: str, name: str) -> DraftTable:
    found = TableFound(stage, name, {"format": "csv", "path": f"data/{{run_id}}/{name}.csv"}, ("2026-03-01",))
    return DraftTable(found, 3, keys=Concluded(("id",), "unique in 3 rows"))


def test_new_tables_and_stages_are_added_and_all_else_stays() -> None:
    stages = [
        DraftStage("raw", [_table("raw", "customers")]),
        DraftStage("clean", [_table("clean", "clean_customers")]),
        DraftStage("features", [_table("features", "f")], {"clean": "f: because"}),
    ]
    found = with_new(TEXT, "shop.yml", stages)
    config = parse_config(found, "shop.yml")
    assert {stage.name: [table.name for table in stage.tables] for stage in config.stages} == {
        "raw": ["orders", "customers"],
        "clean": ["orders", "clean_customers"],
        "features": ["f"],
    }
    assert config.stage("features").upstream == ("clean",)
    assert config.decision.window == 7
    lines = found.splitlines()
    assert not [line for line in difflib.ndiff(TEXT.splitlines(), lines) if line.startswith("-")]
    assert "      # 1 run, 2026-03-01; 3 rows in 2026-03-01" in lines
    assert "        keys: [id]" in lines


def test_two_tables_of_one_stage_keep_their_order() -> None:
    found = with_new(TEXT, "shop.yml", [DraftStage("raw", [_table("raw", "a"), _table("raw", "b")])])
    assert [table["name"] for table in yaml.safe_load(found)["stages"][0]["tables"]] == ["orders", "a", "b"]


def test_a_file_without_a_line_feed_at_its_end_is_no_trap() -> None:
    text = TEXT.partition("decision:")[0].rstrip("\n")
    found = with_new(text, "shop.yml", [DraftStage("clean", [_table("clean", "c")])])
    assert [table["name"] for table in yaml.safe_load(found)["stages"][1]["tables"]] == ["orders", "c"]


def test_tables_in_one_line_are_refused_with_the_line() -> None:
    text = "pipeline: p\nstore: s\nstages:\n  - {name: raw, tables: [{name: a, source: {table: a}}]}\n"
    with pytest.raises(UsageError, match=r"shop.yml:4: the tables of stage raw stand in one line"):
        with_new(text, "shop.yml", [DraftStage("raw", [_table("raw", "b")])])


def test_a_file_that_is_no_configuration_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"shop\.yml:1"):
        with_new("pipeline: p\n", "shop.yml", [])


def test_tables_are_known_by_their_sources() -> None:
    assert tables_of(TEXT, "shop.yml") == {
        "data/{run_id}/orders": ("raw", "orders"),
        "data/{run_id}/clean/orders": ("clean", "orders"),
    }
