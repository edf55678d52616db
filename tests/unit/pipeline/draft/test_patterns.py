"""Patterns of a draft: a whole folder or schema, and never more than was found there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from stageprint.pipeline.draft.model import DraftPattern, TableFound
from stageprint.pipeline.draft.patterns import patterns_of


def found(stage: str, sources: Mapping[str, Mapping[str, Any]]) -> list[TableFound]:
    return [TableFound(stage, name, source) for name, source in sources.items()]


def parquet(*paths: str) -> dict[str, dict[str, str]]:
    return {path.rsplit("/", 1)[-1].split(".")[0]: {"format": "parquet", "path": path} for path in paths}


@pytest.mark.parametrize(
    ("sources", "pattern"),
    [
        (parquet("data/{run_id}/a.parquet", "data/{run_id}/b.parquet"), "data/{run_id}/*.parquet"),
        (parquet("data/{run_id}/raw/a", "data/{run_id}/raw/b"), "data/{run_id}/raw/*"),
        ({name: {"format": "delta", "path": f"lake/{name}/{{run_id}}"} for name in "ab"}, "lake/*/{run_id}"),
        ({name: {"format": "csv", "path": f"in/{name}_{{run_id}}.csv"} for name in "ab"}, "in/*_{run_id}.csv"),
    ],
)
def test_several_tables_in_one_place_are_a_pattern(sources: dict[str, dict[str, str]], pattern: str) -> None:
    (made,) = patterns_of("raw", found("raw", sources))
    assert (made.source["path"], made.names) == (pattern, ("a", "b"))


def test_a_schema_is_a_pattern() -> None:
    tables = found("sales", {name: {"table": f"main.sales.{name}"} for name in ("orders", "items")})
    assert patterns_of("sales", tables) == [DraftPattern({"table": "main.sales.*"}, ("items", "orders"))]


def test_one_table_alone_is_none() -> None:
    assert patterns_of("raw", found("raw", parquet("data/{run_id}/a.parquet"))) == []


def test_a_pattern_matches_no_table_of_another_stage_or_format() -> None:
    tables = found("raw", parquet("data/{run_id}/a", "data/{run_id}/b"))
    assert len(patterns_of("raw", tables)) == 1
    below = found("features", parquet("data/{run_id}/features/f"))
    assert patterns_of("raw", [*tables, *below]) == []
    other = found("raw", {"c": {"format": "csv", "path": "data/{run_id}/c"}})
    assert patterns_of("raw", [*tables, *other]) == []


def test_files_of_two_formats_are_two_patterns() -> None:
    tables = found("raw", parquet("d/a.parquet", "d/b.parquet"))
    tables += found("raw", {name: {"format": "csv", "path": f"d/{name}.csv"} for name in ("x", "y", "z")})
    assert [(one.source["path"], one.names) for one in patterns_of("raw", tables)] == [
        ("d/*.csv", ("x", "y", "z")),
        ("d/*.parquet", ("a", "b")),
    ]


def test_a_table_that_was_renamed_is_not_matched() -> None:
    tables = [TableFound("raw", "a_2", {"format": "parquet", "path": "d/a.parquet"})]
    tables += found("raw", parquet("d/b.parquet", "d/c.parquet"))
    assert patterns_of("raw", tables) == []
