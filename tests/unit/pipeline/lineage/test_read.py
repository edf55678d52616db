from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from stageprint.config.lineage import UNITY_TABLE
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.diagnosis.edges import edges_into
from stageprint.diagnosis.graph import StageGraph
from stageprint.errors import ConfigError, StoreError, UsageError
from stageprint.model import ColumnKey, TableKey
from stageprint.model.lineage import NO_LINEAGE
from stageprint.pipeline.lineage.read import read_lineage
from stageprint.pipeline.lineage.shown import edge_rows

CONFIG = """\
pipeline: shop
store: s
lineage: {lineage}
stages:
  - name: raw
    tables:
      - {{name: orders, source: {{table: main.shop.orders}}}}
      - {{name: customers, source: {{table: main.shop.customers}}}}
  - name: features
    upstream: [raw]
    tables:
      - name: basket
        source: {{table: main.ml.basket}}
        derived_from: {{{declared}}}
"""
ORDERS, CUSTOMERS, BASKET = TableKey("raw", "orders"), TableKey("raw", "customers"), TableKey("features", "basket")
COLUMNS = {ORDERS: ["id", "price", "at"], CUSTOMERS: ["id", "country"], BASKET: ["id", "revenue", "hour", "country"]}


def config(lineage: Any, declared: str = "") -> PipelineConfig:
    return parse_config(CONFIG.format(lineage=json.dumps(lineage), declared=declared))


def nothing(query: str) -> Iterable[Mapping[str, Any]]:
    pytest.fail(f"no query was asked for: {query}")


def row(source: str, column: str, target: str, made: str, **more: Any) -> dict[str, Any]:
    return {
        "source_table_full_name": source,
        "source_path": None,
        "source_column_name": column,
        "target_table_full_name": target,
        "target_path": None,
        "target_column_name": made,
        **more,
    }


def test_nothing_is_read_where_nothing_is_named() -> None:
    assert read_lineage(config({}), nothing) is NO_LINEAGE
    assert read_lineage(config({"unity_catalog": False}), nothing) is NO_LINEAGE


def test_unity_catalogs_rows_are_edges_also_through_tables_that_are_not_watched() -> None:
    asked: list[str] = []

    def rows(query: str) -> list[dict[str, Any]]:
        asked.append(query)
        return [
            row("main.shop.orders", "price", "main.tmp.lines", "net"),
            row("main.tmp.lines", "net", "main.ml.basket", "revenue"),
            row("main.ml.basket", "revenue", "main.ml.basket", "revenue"),
            row("main.ml.basket", "id", "main.shop.orders", "id"),
            row(None, "x", "main.ml.basket", "revenue"),  # type: ignore[arg-type]
        ]

    found = read_lineage(config({"unity_catalog": True, "days": 7}), rows)
    assert UNITY_TABLE in asked[0]
    assert "date_sub(current_date(), 7)" in asked[0]
    revenue = BASKET.column("revenue")
    assert found.columns == {revenue: {ORDERS.column("price"): ("unity_catalog",)}}
    assert found.tables == {BASKET: {ORDERS: ("unity_catalog",)}}
    (note,) = found.notes
    assert "features.basket → raw.orders" in note


def test_what_may_not_be_read_is_a_note() -> None:
    def refused(_: str) -> list[dict[str, Any]]:
        message = "permission denied"
        raise StoreError(message)

    found = read_lineage(config({"unity_catalog": True}), refused)
    (note,) = found.notes
    assert "system.access.column_lineage cannot be read: permission denied; it needs SELECT" in note
    assert not found.columns


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="expected true or the name of a table"):
        read_lineage(config({"unity_catalog": "x; DROP TABLE y"}), nothing)
    with pytest.raises(ConfigError, match=r"lineage\.openlinage"):
        config({"openlinage": "x"})


def test_dbt_says_which_tables_a_table_is_made_from(tmp_path: Path) -> None:
    def node(name: str, schema: str, *reads: str) -> dict[str, Any]:
        place = {"database": "main", "schema": schema, "name": name, "fqn": ["p", "f", name]}
        return {"resource_type": "model", **place, "depends_on": {"nodes": list(reads)}}

    nodes = {
        "m.orders": node("orders", "shop"),
        "m.customers": node("customers", "shop"),
        "m.basket": node("basket", "ml", "m.customers"),
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"nodes": nodes}), "utf-8")
    found = read_lineage(config({"dbt": str(path)}), nothing)
    assert found.tables == {BASKET: {CUSTOMERS: ("dbt",)}}
    graph = StageGraph.from_config(config({}), COLUMNS, lineage=found)
    assert graph.column_parents(BASKET.column("id")) == (CUSTOMERS.column("id"),)
    plain = StageGraph.from_config(config({}), COLUMNS)
    assert set(plain.column_parents(BASKET.column("id"))) == {ORDERS.column("id"), CUSTOMERS.column("id")}
    with pytest.raises(UsageError, match=r"expected dbt's manifest\.json"):
        read_lineage(config({"dbt": str(tmp_path / "none.json")}), nothing)


def test_sources_are_merged_declared_wins_and_every_edge_says_who_told(tmp_path: Path) -> None:
    events = tmp_path / "events.ndjson"
    outputs = [
        {
            "namespace": "hive://m",
            "name": "ml.basket",
            "facets": {
                "columnLineage": {
                    "fields": {
                        "revenue": {
                            "inputFields": [{"namespace": "hive://m", "name": "shop.orders", "field": "price"}]
                        },
                        "hour": {"inputFields": [{"namespace": "hive://m", "name": "shop.orders", "field": "id"}]},
                    }
                }
            },
        }
    ]
    events.write_text(json.dumps({"job": {"name": "j"}, "outputs": outputs}), "utf-8")
    known = config({"openlineage": [str(events)], "unity_catalog": "x.lineage"}, "hour: raw.orders.at")
    found = read_lineage(known, lambda _: [row("main.shop.orders", "price", "main.ml.basket", "revenue")])
    graph = StageGraph.from_config(known, COLUMNS, lineage=found)

    def told(name: str) -> list[tuple[str, tuple[str, ...]]]:
        return [(str(edge.parent), edge.said_by) for edge in edges_into(graph, BASKET.column(name))]

    assert told("revenue") == [("raw.orders.price", ("openlineage", "unity_catalog"))]
    assert told("hour") == [("raw.orders.at", ("declared",))]
    assert told("country") == [("raw.customers.country", ("same name",))]
    of_table = {str(edge.parent.table_key): edge.said_by for edge in edges_into(graph, BASKET.level)}
    assert of_table == {
        "raw.orders": ("declared", "openlineage", "same name", "unity_catalog"),
        "raw.customers": ("same name",),
    }
    rows = edge_rows(known, found, COLUMNS)
    assert {(one["column"], one["from_column"]) for one in rows if one["from_column"] == "price"} == {
        ("revenue", "price")
    }
    assert [one for one in rows if one["stage"] == "raw"] == []


def test_lineage_of_another_pipeline_is_said_to_be_of_no_use() -> None:
    found = read_lineage(config({"unity_catalog": True}), lambda _: [row("a.b.c", "x", "a.b.d", "y")])
    (note,) = found.notes
    assert "no two tables of this pipeline are in it; it names a.b.c, a.b.d" in note


def test_columns_that_are_only_recorded_are_shown_before_the_first_profile() -> None:
    found = read_lineage(
        config({"unity_catalog": True}), lambda _: [row("main.shop.orders", "price", "main.ml.basket", "revenue")]
    )
    (of_table, of_column) = edge_rows(config({}), found, {})
    assert (of_column["column"], of_column["from_table"], of_column["said_by"]) == (
        "revenue",
        "orders",
        ["unity_catalog"],
    )
    assert of_table["column"] is None
    assert ColumnKey("features", "basket", "revenue") in found.columns
