"""The dashboards in conf/dashboards are those of the panels, and have the structure that both tools read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.dashboards.__main__ import FOLDER, files, text_of
from scripts.dashboards.panels import COLUMNS, PANELS, places

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", files())
def test_a_file_is_what_the_panels_make(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == text_of(files()[name]), "python -m scripts.dashboards writes it"


def test_panels_fill_rows_and_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel, x, y in places():
        cells = {(x + across, y + down) for across in range(panel.width) for down in range(panel.height)}
        assert taken.isdisjoint(cells), panel.name
        assert max(across for across, _ in cells) < COLUMNS
        taken |= cells
    assert len({panel.name for panel in PANELS}) == len(PANELS)


def test_databricks_finds_for_each_widget_its_dataset_and_every_field() -> None:
    content = files()["stageprint.lvdash.json"]
    datasets = {one["name"] for one in content["datasets"]}
    (page,) = content["pages"]
    for entry in page["layout"]:
        (query,) = entry["widget"]["queries"]
        assert query["query"]["datasetName"] in datasets
        fields = {one["name"] for one in query["query"]["fields"]}
        drawn = fields_of(entry["widget"]["spec"]["encodings"])
        assert drawn == fields, "what is drawn is asked for, and nothing else"
        assert all(one["expression"] == f"`{one['name']}`" for one in query["query"]["fields"])
    assert "${" not in json.dumps(content)


def fields_of(encodings: Any) -> set[str]:
    if isinstance(encodings, list):
        return {name for one in encodings for name in fields_of(one)}
    if not isinstance(encodings, dict):
        return set()
    own = {encodings["fieldName"]} if "fieldName" in encodings else set()
    return own | {name for value in encodings.values() for name in fields_of(value)}


def test_grafana_asks_the_chosen_source_for_the_chosen_schema() -> None:
    content = files()["stageprint.grafana.json"]
    assert [one["name"] for one in content["templating"]["list"]] == ["datasource", "schema"]
    for panel in content["panels"]:
        (target,) = panel["targets"]
        assert target["datasource"]["uid"] == panel["datasource"]["uid"] == "${datasource}"
        assert "${schema}." in target["rawSql"]
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24


def test_the_bundle_names_the_dashboard() -> None:
    bundle = ROOT / "conf" / "databricks"
    content = yaml.safe_load((bundle / "dashboard.yml").read_text("utf-8"))
    dashboard = content["resources"]["dashboards"]["stageprint"]
    assert (bundle / dashboard["file_path"]).resolve() == FOLDER / "stageprint.lvdash.json"
    # The views are where the bundle's own pipeline keeps its store.
    store = yaml.safe_load((bundle / "pipeline.yml").read_text("utf-8"))["store"]
    assert f"{dashboard['dataset_catalog']}.{dashboard['dataset_schema']}" == store
    assert dashboard["warehouse_id"] == "${var.warehouse_id}"
    assert set(content["variables"]) == {"warehouse_id"}
