"""Renders the HTML report: one file that loads nothing from elsewhere and runs its own script only."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from stageprint.report.html.data import ReportData
from stageprint.report.html.graph import NODE_HEIGHT, NODE_WIDTH
from stageprint.report.html.overview import RunLine
from stageprint.report.html.page import build_view
from stageprint.report.html.sparkline import Sparkline, as_svg
from stageprint.report.html.template_cache import TemplateCache

_SCRIPTS: Final = ("vendor/d3.min.js", "vendor/plot.umd.min.js", "scripts/drawings.js", "scripts/page.js")
"""In the order in which they run; ``vendor/README.md`` says where the first two are from."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Pages beside a report in its folder: file names, each with the run it is about.

    Attributes:
        index: The page over all runs.
        previous: The run before; None: it has no page.
        following: The run after; None: it has no page.
    """

    index: str
    previous: tuple[str, str] | None = None
    following: tuple[str, str] | None = None


def render_report(data: ReportData, neighbours: Neighbours | None = None, cache: Path | None = None) -> str:
    """Return the report as one HTML document: styles, scripts and data included.

    Its content security policy allows the scripts of the page by their hashes, and nothing else: what is in the
    profiled data cannot run.

    Args:
        data: What to show.
        neighbours: The pages that it links to; None: it stands alone.
        cache: Folder of this user's in which the compiled template is kept; None: it is compiled again.
    """
    view = build_view(data)
    return _template("report.html.j2", cache).render(
        view=view,
        neighbours=neighbours,
        node=(NODE_WIDTH, NODE_HEIGHT),
        drawn=_drawn,
        scripts=[Markup(text) for text in _scripts()],  # noqa: S704 -- files of this package
        script_sources=" ".join(_hash(text) for text in _scripts()),
        payload=Markup(view.payload),  # noqa: S704 -- JSON without `<`
    )


def render_index(pipeline: str, lines: Sequence[RunLine], version: str) -> str:
    """Return the page over all runs of a folder of reports.

    Args:
        pipeline: The pipeline.
        lines: One a run, as `run_lines` returns them.
        version: Version of stageprint, shown in the footer.
    """
    return _template("index.html.j2", None).render(pipeline=pipeline, lines=lines, foot=f"stageprint {version}")


@cache
def _template(name: str, cache: Path | None) -> Template:
    return Environment(
        loader=PackageLoader("stageprint.report.html"),
        bytecode_cache=None if cache is None else TemplateCache(str(cache)),
        # Names and values come from the profiled tables: everything is escaped.
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(name)


def _drawn(line: Sparkline | None) -> Markup:
    return Markup("" if line is None else as_svg(line))  # noqa: S704 -- escapes its texts


@cache
def _scripts() -> tuple[str, ...]:
    here = files("stageprint.report.html")
    return tuple(f"\n{here.joinpath(name).read_text(encoding='utf-8')}" for name in _SCRIPTS)


def _hash(script: str) -> str:
    """Return a script as a source of a content security policy (CSP level 2)."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
