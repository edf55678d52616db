from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from stageprint.errors import UsageError
from stageprint.pipeline.lineage.openlineage import read_events


def place(name: str, **facets: Any) -> dict[str, Any]:
    return {"namespace": "file", "name": name, "facets": facets}


def field(name: str, of: str, *how: tuple[str, str]) -> dict[str, Any]:
    return {
        "namespace": "file",
        "name": name,
        "field": of,
        "transformations": [{"type": kind, "subtype": subtype} for kind, subtype in how],
    }


def event(output: str, fields: dict[str, Any] | None, reads: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    facets = {} if fields is None else {"columnLineage": {"fields": {n: {"inputFields": f} for n, f in fields.items()}}}
    return {
        "eventType": "COMPLETE",
        "eventTime": "2026-03-02T06:00:00Z",
        "job": {"namespace": "spark", "name": output},
        "inputs": [place(name) for name in reads],
        "outputs": [place(output, **facets)],
        **more,
    }


def write(path: Path, *events: Any) -> str:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in events), "utf-8")
    return str(path)


def test_fields_that_give_values_are_origins_and_fields_that_pick_rows_are_not(tmp_path: Path) -> None:
    fields = {
        "hour": [
            field("/raw", "at", ("DIRECT", "TRANSFORMATION")),
            field("/raw", "id", ("INDIRECT", "JOIN")),
            field("/raw", "kind", ("INDIRECT", "CONDITIONAL")),
            field("/other", "old", *()),
        ]
    }
    found = read_events([write(tmp_path / "events.ndjson", event("/features", fields, ("/raw",)))])
    assert found.fields == {("/features", "hour"): {("/raw", "at"), ("/raw", "kind"), ("/other", "old")}}
    assert found.inputs == {"/features": {"/raw", "/other"}}


def test_the_newest_event_of_a_job_counts_and_one_without_facets_does_not_hide_it(tmp_path: Path) -> None:
    old = event("/b", {"x": [field("/a", "old")]}, eventTime="2026-03-01T06:00:00Z")
    new = event("/b", {"x": [field("/a", "new")]})
    end = event("/b", None, ("/a",), eventTime="2026-03-02T07:00:00Z")
    found = read_events([write(tmp_path / "events.ndjson", new, end, old)])
    assert found.fields == {("/b", "x"): {("/a", "new")}}


@pytest.mark.parametrize("form", ["one a line", "one", "a list", "of a collector", "compressed"])
def test_files_of_every_form_are_read(tmp_path: Path, form: str) -> None:
    one = event("/b", {"x": [field("/a", "x")]})
    path = tmp_path / "events.json"
    if form == "one a line":
        write(path, {"other": "object"}, one)
    elif form == "compressed":
        path = tmp_path / "events.ndjson.gz"
        path.write_bytes(gzip.compress(f"{json.dumps(one)}\n".encode()))
    else:
        content = {"one": one, "a list": [one], "of a collector": {"events": [one], "totalCount": 1}}[form]
        path.write_text(json.dumps(content, indent=2), "utf-8")
    found = read_events([str(tmp_path if form == "a list" else path)])
    assert found.fields == {("/b", "x"): {("/a", "x")}}


@pytest.mark.parametrize(
    ("namespace", "name", "known"),
    [
        ("s3://bucket", "orders/part", "s3://bucket/orders/part"),
        ("file", "data/orders", "/data/orders"),
        ("hdfs://nn:8020", "/lake/orders", "hdfs://nn:8020/lake/orders"),
        ("postgres://db:5432", "shop.public.orders", "shop.public.orders"),
        ("hive://metastore:9083", "shop.orders", "shop.orders"),
        ("bigquery", "project.shop.orders", "project.shop.orders"),
    ],
)
def test_names_of_data_sets(tmp_path: Path, namespace: str, name: str, known: str) -> None:
    told = event("/b", None)
    told["inputs"] = [{"namespace": namespace, "name": name}]
    assert known in read_events([write(tmp_path / "e.json", told)]).names


def test_a_table_that_is_also_known_by_its_name_in_a_catalog_is_one(tmp_path: Path) -> None:
    link = {"symlinks": {"identifiers": [{"namespace": "hive://m", "name": "shop.b", "type": "TABLE"}]}}
    first = event("/b", {"x": [field("/a", "x")]})
    first["outputs"][0]["facets"] |= link
    second = event("/c", {"x": [{"namespace": "hive://m", "name": "shop.b", "field": "x"}]})
    found = read_events([write(tmp_path / "e.json", first, second)])
    assert found.names["/b"] == {"/b", "shop.b"}
    assert found.fields[("/c", "x")] == {("/b", "x")}


def test_mistakes_are_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"lineage\.openlineage: expected files .* at nowhere/\*\.json, found none"):
        read_events(["nowhere/*.json"])
    path = tmp_path / "events.ndjson"
    path.write_text('{"outputs": []}\n{"outp', "utf-8")
    with pytest.raises(UsageError, match=r"events\.ndjson:2: expected an OpenLineage event as JSON"):
        read_events([str(path)])
    path.write_text("not JSON", "utf-8")
    with pytest.raises(UsageError, match="expected an OpenLineage event as JSON"):
        read_events([str(path)])


def test_objects_of_other_shapes_are_passed_over(tmp_path: Path) -> None:
    odd = [
        {"outputs": "x"},
        {"outputs": [3, {"namespace": "file", "name": "/b", "facets": {"columnLineage": {"fields": ["x"]}}}]},
        event("/b", {"x": [{"namespace": "file", "name": "/a"}]}),
    ]
    found = read_events([write(tmp_path / "e.json", *odd)])
    assert not found.fields
