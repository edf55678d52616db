"""A run's id is a value in paths, table names and queries, and never more."""

from __future__ import annotations

import doctest
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.config import substitution
from stageprint.config.sources import Source
from stageprint.config.substitution import in_path, in_sql, in_table_name
from stageprint.errors import UsageError

HOSTILE = "x' OR '1'='1"


def run(value: str) -> dict[str, str]:
    return {"run_id": value, "run_date": "2013-05-01"}


def test_the_examples_of_the_module_hold() -> None:
    assert doctest.testmod(substitution).failed == 0


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("data/{run_id}/orders", "2013-05", "data/2013-05/orders"),
        ("data/day={run_date}/{run_id}.csv", "a:b", "data/day=2013-05-01/a:b.csv"),
        ("s3a://bucket/{run_id}/*.parquet", "v9", "s3a://bucket/v9/*.parquet"),
        ("data/{run_id}", "2013/05", "data/2013/05"),
        ("data/{a,b}/{run_id}", "..1", "data/{a,b}/..1"),
        ("../data/{run_id}", "1", "../data/1"),
    ],
)
def test_a_run_is_a_part_of_a_path(path: str, value: str, found: str) -> None:
    assert in_path(path, run(value)) == found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data/{run_id}/orders", ".."),
        ("data/{run_id}/orders", "../../etc"),
        ("data/{run_id}/orders", "a/../../b"),
        ("data/{run_id}/orders", "..\\b"),
        ("data/.{run_id}/orders", "."),
        ("data/{run_id}.", "."),
        ("{run_id}/orders", "/etc"),
        ("{run_id}/orders", "s3a:"),
        ("data/{run_id}/orders", "*"),
        ("data/{run_id}/orders", "{a,b}"),
        ("data/{run_id}/orders", "[ab]"),
        ("data/{run_id}/orders", ""),
    ],
)
def test_a_run_that_would_lead_elsewhere_is_refused(path: str, value: str) -> None:
    with pytest.raises(UsageError, match=r"^run .* cannot be put into the source "):
        in_path(path, run(value))


@given(st.text(min_size=1, max_size=20), st.sampled_from(["data/{run_id}/x", "data/a{run_id}", "data/.{run_id}/x"]))
def test_no_run_leaves_its_folder(value: str, path: str) -> None:
    try:
        found = in_path(path, run(value))
    except UsageError:
        return
    depth = 0
    for part in re.split(r"[/\\]", found):
        depth += -1 if part == ".." else 0 if part in {"", "."} else 1
        assert depth >= 0
    assert ".." not in re.split(r"[/\\]", found)
    assert found.startswith("data/")


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("shop.orders_{run_id}", "20130517", "shop.orders_20130517"),
        ("shop.`orders_{run_id}`", "2013.05", "shop.`orders_2013.05`"),
    ],
)
def test_a_run_is_a_part_of_a_table_name(name: str, value: str, found: str) -> None:
    assert in_table_name(name, run(value)) == found


@pytest.mark.parametrize(
    ("name", "value"), [("shop.{run_id}", "private.salaries"), ("shop.`{run_id}`", "x`.`y"), ("{run_id}", "a.b")]
)
def test_a_run_does_not_choose_the_schema(name: str, value: str) -> None:
    with pytest.raises(UsageError, match="the run would change the schema"):
        in_table_name(name, run(value))


@pytest.mark.parametrize(
    ("sql", "value", "found"),
    [
        ("WHERE run = '{run_id}'", "r1", "WHERE run = 'r1'"),
        ("WHERE day = DATE'{run_date}'", "r1", "WHERE day = DATE'2013-05-01'"),
        ("WHERE run LIKE '%-{run_id}-%'", "r1", "WHERE run LIKE '%-r1-%'"),
        ('WHERE run = "{run_id}"', "r1", 'WHERE run = "r1"'),
        ("WHERE run = r'{run_id}'", "r1", "WHERE run = r'r1'"),
        ("FROM delta.`data/{run_id}/x`", "2013-05", "FROM delta.`data/2013-05/x`"),
        ("FROM orders_{run_id}", "201305", "FROM orders_201305"),
        ("WHERE day = {run_id}", "20130517", "WHERE day = 20130517"),
        ("WHERE day = {run_date}", "r1", "WHERE day = '2013-05-01'"),
        ("WHERE x = 'it''s' AND run = '{run_id}'", "r1", "WHERE x = 'it''s' AND run = 'r1'"),
        (r"WHERE x = 'it\'s' AND run = '{run_id}'", "r1", r"WHERE x = 'it\'s' AND run = 'r1'"),
        ("WHERE y LIKE '{anything}' -- of {run_id}\n", "r1", "WHERE y LIKE '{anything}' -- of r1\n"),
    ],
)
def test_a_run_is_a_value_in_a_query(sql: str, value: str, found: str) -> None:
    assert in_sql(sql, run(value)) == found


@pytest.mark.parametrize(
    ("sql", "value", "found"),
    [
        ("WHERE email = '{run_id}'", HOSTILE, f"WHERE email = CAST(X'{HOSTILE.encode().hex()}' AS STRING)"),
        ("WHERE email = 'a{run_id}b'", "'", "WHERE email = concat('a', CAST(X'27' AS STRING), 'b')"),
        ("WHERE email = {run_id}", "email", "WHERE email = 'email'"),
        ("WHERE day = {run_id} AND secret = 0", "1--", "WHERE day = '1--' AND secret = 0"),
        ("WHERE email = {run_id}", HOSTILE, f"WHERE email = CAST(X'{HOSTILE.encode().hex()}' AS STRING)"),
        ("/* {run_id} */ SELECT 1", "*/ DROP", "/* {run_id} */ SELECT 1"),
        ("-- {run_id}\nSELECT 1", "\nSELECT 2", "-- {run_id}\nSELECT 1"),
        ("WHERE a = '{run_id}'", "${env:HOME}", "WHERE a = CAST(X'247b656e763a484f4d457d' AS STRING)"),
        ("WHERE a = '{run_id}'", "{run_date}", "WHERE a = CAST(X'7b72756e5f646174657d' AS STRING)"),
    ],
)
def test_a_hostile_run_is_only_a_value_too(sql: str, value: str, found: str) -> None:
    assert in_sql(sql, run(value)) == found


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("FROM delta.`data/{run_id}/x`", "../y"),
        ("FROM `orders_{run_id}`", "x` UNION SELECT * FROM `y"),
        ("FROM orders_{run_id}", "x--"),
        ("FROM shop.{run_id}", "x, private.salaries"),
        ("FROM read_files('data/{run_id}/x')", ".."),
        ("WHERE day = DATE '{run_id}'", HOSTILE),
        ("WHERE email = r'{run_id}'", HOSTILE),
    ],
)
def test_a_run_that_cannot_stand_there_is_refused(sql: str, value: str) -> None:
    with pytest.raises(UsageError, match=r"^run .* cannot be put into the source "):
        in_sql(sql, run(value))


@given(st.text(min_size=1))
def test_whatever_the_run_is_a_quoted_one_stays_one_text(value: str) -> None:
    found = in_sql("a = '{run_id}'", run(value))
    assert re.fullmatch(r"a = (?:'[A-Za-z0-9._:+-]+'|CAST\(X'[0-9a-f]+' AS STRING\))", found)


def test_a_source_uses_them() -> None:
    assert Source(sql="a = '{run_id}'").for_run("'").sql == "a = CAST(X'27' AS STRING)"
    with pytest.raises(UsageError):
        Source(format="csv", path="data/{run_id}").for_run("..")
    with pytest.raises(UsageError):
        Source(table="a.{run_id}").for_run("b.c")
