"""Takes the pictures of docs/report.md and docs/incident-life.md: the demo's reports in a browser without a window.

``make screenshots``, after ``make demo``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final, Literal, NamedTuple

from playwright.sync_api import Page, sync_playwright

from scripts.browser import executable
from stageprint.cli import run as stageprint

INDEX: Final = "index"
_CONFIG: Final = "conf/nycflights.yml"
_IMAGES: Final = Path("docs/images")


class Shot(NamedTuple):
    """A picture: its file, the run, the window, light or dark, the column that is open, the place that is scrolled to.

    `run` is ``index`` for the page over all runs.
    """

    name: str
    run: str
    width: int
    height: int
    scheme: Literal["dark", "light"] = "light"
    column: str = ""
    place: str = ""


_SHOTS: Final = (
    Shot("report-first-screen.png", "2013-06", 1440, 900),
    Shot("report-dark.png", "2013-10", 1440, 1180, "dark"),
    Shot("report-column.png", "2013-10", 1440, 900, "light", "raw-flights-time_5f_hour"),
    Shot("report-phone.png", "2013-10", 390, 844),
    Shot("life-runs.png", INDEX, 1200, 640),
    Shot("life-july.png", "2013-07", 1200, 480),
    Shot("life-october.png", "2013-10", 1200, 640, place="#finding-1"),
)


def main() -> int:
    """Take every picture; return the exit status."""
    try:
        browser = executable()
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    _IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as library:
        status = stageprint(["report", "--config", _CONFIG, "--all-runs", "--folder", folder])
        if status != 0:
            return status
        opened = library.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for shot in _SHOTS:
            window = {"width": shot.width, "height": shot.height}
            page = opened.new_page(viewport=window, color_scheme=shot.scheme)  # type: ignore[arg-type]  # a TypedDict
            page.goto((Path(folder) / f"{shot.run}.html").as_uri())
            _take(page, shot)
        opened.close()
    return 0


def _take(page: Page, shot: Shot) -> None:
    if shot.column:
        page.locator(f"a[data-column='{shot.column}']").evaluate("one => one.click()")
    if shot.place:
        page.locator(shot.place).evaluate("one => one.scrollIntoView()")
    page.wait_for_timeout(500)
    page.screenshot(path=_IMAGES / shot.name)
    sys.stdout.write(f"{_IMAGES / shot.name}\n")


if __name__ == "__main__":
    sys.exit(main())
