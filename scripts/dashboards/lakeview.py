"""A dashboard of Databricks (AI/BI, formerly Lakeview), as the file that bundles and the workspace import.

Names of views are bare: the bundle's resource says which catalog and schema they are in.
"""

from __future__ import annotations

from typing import Any

from scripts.dashboards.panels import Panel, places

_VERSIONS = {"number": 2, "bars": 3, "lines": 3, "table": 1}
_TYPES = {"number": "counter", "bars": "bar", "lines": "line", "table": "table"}


def dashboard() -> dict[str, Any]:
    """Return the dashboard: a dataset a panel, and one page."""
    return {
        "datasets": [
            {
                "name": panel.name,
                "displayName": panel.title,
                "queryLines": panel.sql.format(schema="").splitlines(keepends=True),
            }
            for panel, _, _ in places()
        ],
        "pages": [
            {
                "name": "overview",
                "displayName": "Overview",
                "pageType": "PAGE_TYPE_CANVAS",
                "layout": [
                    {
                        "widget": _widget(panel),
                        "position": {"x": x, "y": y, "width": panel.width, "height": panel.height},
                    }
                    for panel, x, y in places()
                ],
            }
        ],
    }


def _widget(panel: Panel) -> dict[str, Any]:
    fields = [{"name": name, "expression": f"`{name}`"} for name, _ in panel.fields]
    query = {"datasetName": panel.name, "fields": fields, "disaggregated": True}
    return {
        "name": f"{panel.name}_widget",
        "queries": [{"name": "main_query", "query": query}],
        "spec": {
            "version": _VERSIONS[panel.kind],
            "widgetType": _TYPES[panel.kind],
            "encodings": _encodings(panel),
            "frame": {
                "showTitle": True,
                "title": panel.title,
                "showDescription": panel.kind != "number",
                "description": panel.says,
            },
        },
    }


def _encodings(panel: Panel) -> dict[str, Any]:
    if panel.kind == "table":
        return {
            "columns": [
                {"fieldName": name, "title": title, "displayName": title, "visible": True, "order": order}
                for order, (name, title) in enumerate(panel.fields)
            ]
        }
    if panel.kind == "number":
        ((name, title),) = panel.fields
        return {"value": {"fieldName": name, "displayName": title}}
    (run, run_title), (value, value_title), (series, series_title) = panel.fields
    # Runs in the order of the query, which is that of the configuration.
    in_order = {"type": "categorical", "sort": {"by": "natural-order"}}
    return {
        "x": {"fieldName": run, "scale": in_order, "displayName": run_title},
        "y": {"fieldName": value, "scale": {"type": "quantitative"}, "displayName": value_title},
        "color": {"fieldName": series, "scale": {"type": "categorical"}, "displayName": series_title},
    }
