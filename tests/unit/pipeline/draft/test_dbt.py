from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stageprint.errors import UsageError
from stageprint.pipeline.draft.dbt import read_manifest


def _node(name: str, folder: str, reads: list[str], **more: Any) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "database": "main",
        "schema": "shop",
        "fqn": ["shop", folder, name],
        "config": {"materialized": "table"},
        "depends_on": {"nodes": reads},
        "columns": {},
        **more,
    }


def _test(kind: str, about: str, column: str, **kwargs: Any) -> dict[str, Any]:
    return {
        "resource_type": "test",
        "attached_node": about,
        "test_metadata": {"name": kind, "kwargs": {"column_name": column, **kwargs}},
    }


MANIFEST = {
    "sources": {
        "source.shop.crm.customers": {
            "resource_type": "source",
            "name": "customers",
            "identifier": "crm_customers",
            "source_name": "crm",
            "database": "lake",
            "schema": "crm",
            "columns": {},
        }
    },
    "nodes": {
        "model.shop.stg_customers": _node("stg_customers", "staging", ["source.shop.crm.customers"]),
        "model.shop.stg_orders": _node("stg_orders", "staging", [], config={"event_time": "ordered_at"}),
        "model.shop.eph": _node("eph", "staging", ["model.shop.stg_orders"], config={"materialized": "ephemeral"}),
        "model.shop.revenue": _node(
            "revenue",
            "marts",
            ["model.shop.eph", "model.shop.stg_customers"],
            columns={"day": {"constraints": [{"type": "primary_key"}]}},
        ),
        "test.1": _test("unique", "model.shop.stg_customers", "customer_id"),
        "test.2": _test("not_null", "model.shop.stg_customers", "customer_id"),
        "test.3": _test("unique", "model.shop.stg_customers", "email"),
        "test.4": _test(
            "relationships", "model.shop.stg_orders", "customer_id", to="ref('stg_customers')", field="customer_id"
        ),
        "test.5": _test(
            "unique_combination_of_columns",
            "model.shop.stg_orders",
            "",
            combination_of_columns=["order_id", "line"],
        ),
    },
}


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST), "utf-8")
    return str(tmp_path / "manifest.json")


def test_models_sources_tests_and_lineage_are_read(manifest: str) -> None:
    found = {table.full_name: table for table in read_manifest(manifest)}
    assert set(found) == {"crm.crm_customers", "staging.stg_customers", "staging.stg_orders", "marts.revenue"}
    assert found["crm.crm_customers"].source == {"table": "lake.crm.crm_customers"}
    assert found["staging.stg_customers"].keys == ("customer_id",)
    assert found["staging.stg_customers"].parents == (("crm", "crm_customers"),)
    orders = found["staging.stg_orders"]
    assert (orders.keys, orders.event_time) == (("order_id", "line"), "ordered_at")
    assert orders.references == {"customer_id": "staging.stg_customers.customer_id"}
    assert found["marts.revenue"].keys == ("day",)
    # Through the ephemeral model, which is no table.
    assert found["marts.revenue"].parents == (("staging", "stg_orders"), ("staging", "stg_customers"))


@pytest.mark.parametrize("content", ["[]", "{", '{"nodes": []}'])
def test_another_file_is_refused(content: str, tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(content, "utf-8")
    with pytest.raises(UsageError, match=r"manifest.json: expected dbt's manifest.json"):
        read_manifest(str(file))
