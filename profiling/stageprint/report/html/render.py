"""Renders the HTML report: one file that loads nothing from elsewhere and runs no script."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from stageprint.report.html.data import ReportData
from stageprint.report.html.graph import NODE_HEIGHT, NODE_WIDTH
from stageprint.report.html.page import build_view
from stageprint.report.html.sparkline import HEIGHT, WIDTH


def render_report(data: ReportData) -> str:
    """Return the report as one HTML document, styles and drawings included.

    Args:
        data: What to show.
    """
    environment = Environment(
        loader=PackageLoader("stageprint.report.html"),
        # Names and values come from the profiled tables: everything is escaped.
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        view=build_view(data), node=(NODE_WIDTH, NODE_HEIGHT), spark=(WIDTH, HEIGHT)
    )
