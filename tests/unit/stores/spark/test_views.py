"""The views' SQL is such that every supported Spark takes it; sessions of each try it in `make test-matrix`."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from stageprint.pipeline.tables import all_tables
from stageprint.stores.spark.views import view_definitions, view_statements

TABLES = {table.name: f"stored_{table.name}" for table in all_tables()}
COLUMNS = {table.name: [*table.arrow_schema.names, "of a later `release`"] for table in all_tables()}


def statements(columns: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the statement of each view by its name."""
    text = view_statements({name: TABLES[name] for name in columns}, columns)
    heads = [re.match(r"CREATE OR REPLACE TEMPORARY VIEW (\w+) AS\n", one.strip()) for one in text.split(";\n")]
    return {head[1]: head.string for head in heads if head is not None}


def test_no_view_leaves_out_columns_as_spark_3_5_cannot() -> None:
    every = statements(COLUMNS)
    assert set(view_definitions()) <= set(every)
    assert [name for name, text in every.items() if re.search(r"\bEXCEPT\s*\(", text)] == []


@pytest.mark.parametrize(
    ("view", "table"),
    [
        ("all_incidents", "incidents"),
        ("open_incidents", "incidents"),
        ("latest_column_profiles", "column_profiles"),
    ],
)
def test_views_have_every_column_that_is_stored(view: str, table: str) -> None:
    first = statements(COLUMNS)[view].split("SELECT ", 1)[1].split("\n", 1)[0]
    assert first.rstrip(",") == ", ".join(f"`{name.replace('`', '``')}`" for name in COLUMNS[table])


@pytest.mark.parametrize("is_stored", [True, False], ids=["as it is stored", "from the date"])
def test_runs_have_one_order_key(is_stored: bool) -> None:
    own = [name for name in COLUMNS["runs"] if is_stored or name != "order_key"]
    text = statements({**COLUMNS, "runs": own})["run_states"]
    assert text.count("AS order_key FROM stored_runs") == 1
    assert "`order_key`" not in text
    assert ("coalesce(order_key, concat(" in text) is is_stored
    assert "`of a later ``release```" in text
