"""A dashboard of Grafana over the same views, for its data source of Databricks."""

from __future__ import annotations

from typing import Any, Final

from scripts.dashboards.panels import COLUMNS, Panel, places

_GRID: Final = 24
"""Grafana's columns."""

_ROW: Final = 2
"""Rows of Grafana's grid in one of ours."""

_SOURCE: Final = {"type": "grafana-databricks-datasource", "uid": "${datasource}"}
_TABLE_FORMAT: Final = 1
_TYPES: Final = {"number": "stat", "bars": "barchart", "lines": "barchart", "table": "table"}
"""Runs have names, and need not have dates: they are categories, not moments."""


def dashboard() -> dict[str, Any]:
    """Return the dashboard, with its data source and the schema of the views as variables."""
    return {
        "title": "stageprint",
        "uid": "stageprint",
        "tags": ["data quality"],
        "editable": True,
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "5m",
        "time": {"from": "now-30d", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Data source",
                    "type": "datasource",
                    "query": _SOURCE["type"],
                    "hide": 0,
                    "refresh": 1,
                },
                {
                    "name": "schema",
                    "label": "Schema of the views",
                    "type": "textbox",
                    "query": "main.observability",
                    "hide": 0,
                },
            ]
        },
        "panels": [_panel(number, panel, x, y) for number, (panel, x, y) in enumerate(places(), 1)],
    }


def _panel(number: int, panel: Panel, x: int, y: int) -> dict[str, Any]:
    scale = _GRID // COLUMNS
    return {
        "id": number,
        "type": _TYPES[panel.kind],
        "title": panel.title,
        "description": panel.says,
        "datasource": _SOURCE,
        "gridPos": {"x": x * scale, "y": y * _ROW, "w": panel.width * scale, "h": panel.height * _ROW},
        "targets": [
            {
                "refId": "A",
                "datasource": _SOURCE,
                "format": _TABLE_FORMAT,
                "rawSql": panel.sql.format(schema="${schema}."),
            }
        ],
        "transformations": _transformations(panel),
        "fieldConfig": {"defaults": {}, "overrides": []},
        "options": _options(panel),
    }


def _transformations(panel: Panel) -> list[dict[str, Any]]:
    if panel.kind in {"bars", "lines"}:
        run, value, series = (name for name, _ in panel.fields)
        matrix = {"columnField": series, "rowField": run, "valueField": value, "emptyValue": "null"}
        return [{"id": "groupingToMatrix", "options": matrix}]
    titles = {"renameByName": dict(panel.fields)}
    return [{"id": "organize", "options": titles}]


def _options(panel: Panel) -> dict[str, Any]:
    if panel.kind == "number":
        return {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "none"}
    if panel.kind == "table":
        return {"showHeader": True, "cellHeight": "sm"}
    run, _, series = (name for name, _ in panel.fields)
    stacking = "normal" if panel.kind == "bars" else "none"
    return {"xField": f"{run}\\{series}", "stacking": stacking, "legend": {"displayMode": "list", "showLegend": True}}
