"""``stageprint lineage``: the edges, and who says that there are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stageprint import cli
from stageprint.model import SchemaField
from stageprint.pipeline.profile_codec import schema_json
from tests.support.cli import Capture, Fakes

FIELDS = [SchemaField("order_id", "bigint"), SchemaField("price", "double")]


@pytest.fixture
def profiled(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"run_id": "2013-03", "stage": stage, "table": "orders", "schema_json": schema_json(fields)}
        for stage, fields in (("raw", FIELDS), ("joined", [*FIELDS, SchemaField("total", "double")]))
    ]
    monkeypatch.setattr(fakes.store, "table_rows", lambda _: rows)


@pytest.fixture
def with_events(config: str, tmp_path: Path) -> str:
    origin = {"namespace": "file", "name": f"{Path.cwd()}/data/2013-03-01/orders.csv", "field": "price"}
    lineage = {"fields": {"total": {"inputFields": [origin]}}}
    output = {"namespace": "file", "name": f"{Path.cwd()}/data/2013-03/joined", "facets": {"columnLineage": lineage}}
    events = tmp_path / "events.ndjson"
    events.write_text(json.dumps({"job": {"name": "join"}, "outputs": [output]}), "utf-8")
    file = tmp_path / "with_events.yml"
    file.write_text(Path(config).read_text("utf-8") + f"lineage: {{openlineage: {events}}}\n", "utf-8")
    return str(file)


@pytest.mark.usefixtures("profiled")
def test_each_edge_is_a_line_with_who_says_so(with_events: str, capsys: Capture) -> None:
    assert cli.run(["lineage", "-c", with_events]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "joined.orders raw.orders openlineage, same name" in lines
    assert "joined.orders.price raw.orders.price same name" in lines
    assert "joined.orders.total raw.orders.price openlineage" in lines
    assert "4 edges" in lines[0]


@pytest.mark.usefixtures("profiled")
def test_one_table_as_json(with_events: str, capsys: Capture) -> None:
    assert cli.run(["lineage", "joined.orders", "-c", with_events, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[-1] == {
        "stage": "joined",
        "table": "orders",
        "column": "total",
        "from_stage": "raw",
        "from_table": "orders",
        "from_column": "price",
        "said_by": ["openlineage"],
    }
    assert cli.run(["lineage", "raw.orders", "-c", with_events, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.usefixtures("profiled")
def test_what_is_left_out_is_noted_and_a_missing_file_is_a_mistake(
    config: str, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "other.yml"
    manifest = tmp_path / "manifest.json"
    node = {"resource_type": "model", "name": "x", "schema": "y", "fqn": ["p", "x"]}
    manifest.write_text(json.dumps({"nodes": {"m.x": node}}), "utf-8")
    file.write_text(Path(config).read_text("utf-8") + f"lineage: {{dbt: {manifest}}}\n", "utf-8")
    assert cli.run(["lineage", "-c", str(file)]) == 0
    assert "note: lineage of dbt: no two tables of this pipeline are in it; it names y.x" in capsys.readouterr().err
    file.write_text(Path(config).read_text("utf-8") + "lineage: {openlineage: nowhere}\n", "utf-8")
    assert cli.run(["lineage", "-c", str(file)]) == 2
    assert "expected files of OpenLineage events at nowhere, found none" in capsys.readouterr().err
