"""Where a table is read from."""

from __future__ import annotations

import pytest

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import Source, profiles_source
from stageprint.errors import UsageError
from tests.unit.config.shop import assert_one_line


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (
            "        source: {table: main.shop.customers}",
            "        source: main.shop.customers",
            11,
            "stages[0].tables[1].source: expected a mapping with `format` and `path`, or `table`, or `sql`, "
            "got 'main.shop.customers'",
        ),
        (
            "format: csv,",
            "format: cvs,",
            7,
            "stages[0].tables[0].source.format: expected 'parquet', 'delta', 'csv', 'json', 'orc', 'iceberg' or "
            "'stageprint', got 'cvs' – did you mean 'csv'?",
        ),
        (
            "options: {header: true, maxColumns: 30}",
            "options: {header: [1]}",
            7,
            "stages[0].tables[0].source.options.header: expected text, got a list ([1])",
        ),
        (
            "{table: main.shop.customers}",
            "{format: csv, path: a, sql: select 1}",
            11,
            "stages[0].tables[1].source: expected one of `format` + `path`, `table` or `sql`, got `path` and `sql`",
        ),
        (
            "{table: main.shop.customers}",
            "{options: {header: true}}",
            11,
            "stages[0].tables[1].source: expected one of `format` + `path`, `table` or `sql`, got none of them",
        ),
        (
            "{table: main.shop.customers}",
            "{path: a}",
            11,
            "stages[0].tables[1].source.format: required key is missing; "
            "a `path` needs its format: parquet, delta, csv, json, orc, iceberg or stageprint",
        ),
        (
            "{table: main.shop.customers}",
            "{table: main.shop.customers, format: csv}",
            11,
            "stages[0].tables[1].source.format: allowed with `path` only, got it with `table`",
        ),
        (
            "{table: main.shop.customers}",
            "{table: main.shop.customers, options: {a: b}}",
            11,
            "stages[0].tables[1].source.options: allowed with `path` only, got it with `table`",
        ),
        (
            "data/{run_date}/joined",
            "data/{rundate}/joined",
            17,
            "stages[1].tables[0].source.path: unknown placeholder {rundate} – did you mean 'run_date'?",
        ),
    ],
)
def test_a_mistake_is_one_line(old: str, new: str, line: int, said: str) -> None:
    assert_one_line(old, new, line, said)


def test_placeholders_are_substituted(config: PipelineConfig) -> None:
    assert config.table("raw", "orders").source.for_run("r1").path == "data/r1/orders.csv"
    assert config.table("joined", "orders").source.for_run("2013-05").path == "data/2013-05-01/joined"
    assert "run = 'r1'" in (config.table("training", "matrix").source.for_run("r1").sql or "")
    assert config.table("raw", "customers").source.for_run("r1").table == "main.shop.customers"


def test_a_run_without_a_date_is_refused_where_one_is_needed(config: PipelineConfig) -> None:
    with pytest.raises(UsageError, match=r"run 'r1' does not begin with a date \(YYYY-MM or YYYY-MM-DD\)"):
        config.table("joined", "orders").source.for_run("r1")


@pytest.mark.parametrize(
    ("source", "text", "label"),
    [
        (Source(format="delta", path="p"), "p", "delta"),
        (Source(table="t"), "t", "table"),
        (Source(sql="select 1"), "select 1", "sql"),
    ],
)
def test_a_source_tells_what_it_is(source: Source, text: str, label: str) -> None:
    assert (source.text, source.label) == (text, label)


def test_path_globs_with_braces_are_no_placeholders() -> None:
    assert Source(format="csv", path="data/{a,b}/*.csv").text == "data/{a,b}/*.csv"


def test_serving_processes_have_a_folder_for_each_run() -> None:
    assert profiles_source("/data/live/").for_run("r1").path == "/data/live/r1"
    assert profiles_source("file:///data/{run_id}/live").for_run("r1").path == "/data/r1/live"


@pytest.mark.parametrize(
    ("directory", "message"),
    [
        ("s3://bucket/live", "directory: expected a local or mounted folder, got 's3://bucket/live'"),
        ("/data/{run_date}/{replica}", "directory: unknown placeholder {replica} – available: 'run_date', 'run_id'"),
    ],
)
def test_a_folder_that_processes_cannot_write_to_is_refused(directory: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        profiles_source(directory)
    assert str(caught.value) == message
