"""``python -m scripts.incidents.screens``: the first screen of the report about a planted fault, one picture a cause.

They are for looking at, and are not kept: is it plain on the first screen where it began, what it is, and what to do?
The faults are those of docs/messages.md.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from scripts.browser import executable
from scripts.incidents.messages import JOBS, Named, first_named
from stageprint.pipeline.results import Results
from stageprint.report.html.data import load_report
from stageprint.report.html.render import render_report

FOLDER: Final = Path("build/screens")
WIDTH, HEIGHT = 1440, 900
"""The window, in pixels."""


def main() -> int:
    """Write a report and its picture for each cause; return the exit status."""
    try:
        browser = executable()
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    known: set[str] = set()
    with sync_playwright() as library:
        opened = library.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for job in JOBS:
            for one in first_named(job, known):
                known.add(one.cause)
                sys.stdout.write(f"{_taken(opened, one)}\n")
        opened.close()
    return 0


def _taken(browser: Browser, one: Named) -> Path:
    file = FOLDER / f"{one.cause}.html"
    file.write_text(render_report(load_report(one.config, Results(one.store), one.run, version="")), encoding="utf-8")
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.goto(file.absolute().as_uri())
    page.wait_for_timeout(500)
    page.screenshot(path=file.with_suffix(".png"))
    page.close()
    return file.with_suffix(".png")


if __name__ == "__main__":
    sys.exit(main())
