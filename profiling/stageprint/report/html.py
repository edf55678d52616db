"""The HTML report: one file, nothing fetched from anywhere, no script."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from stageprint.report.data import ReportData
from stageprint.report.graph import NODE_HEIGHT, NODE_WIDTH
from stageprint.report.spark_line import HEIGHT, WIDTH
from stageprint.report.view import build_view


def render_report(data: ReportData) -> str:
    """Return the report as one HTML document; styles and drawings are inside it.

    Args:
        data: What to show.
    """
    environment = Environment(
        loader=PackageLoader("stageprint.report", "templates"),
        # Names and values come from the tables under test: everything is escaped.
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        view=build_view(data), node=(NODE_WIDTH, NODE_HEIGHT), spark=(WIDTH, HEIGHT)
    )
