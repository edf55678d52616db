"""Where the text of commands goes: results to stdout, progress and errors to stderr.

What draws on a terminal is imported where something is drawn: a command that writes files or JSON does not wait for it.
"""

# ruff: noqa: PLC0415 -- see above

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from stageprint.report.text import printable, printable_json

if TYPE_CHECKING:
    from rich.console import Console

    from stageprint.config.pipeline import PipelineConfig
    from stageprint.model import Severity
    from stageprint.ports import Progress
    from stageprint.report.junit import JunitRun


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Yield a progress display on stderr, removed at the end."""
    from stageprint.report.terminal.console import make_console
    from stageprint.report.terminal.progress import make_progress

    progress = make_progress(make_console(stderr=True))
    try:
        yield progress
    finally:
        progress.close()


def result_console(config: PipelineConfig, what: str) -> Console:
    """Return a console on stdout, after printing the line that names pipeline, `what` and store."""
    from stageprint.report.terminal.console import make_console
    from stageprint.report.terminal.outcomes import print_header

    console = make_console()
    print_header(console, config.pipeline, config.store, what)
    return console


def write(text: str) -> None:
    """Write a line of result to stdout."""
    sys.stdout.write(f"{printable(text)}\n")


def write_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows to stdout as a JSON list."""
    from stageprint.report.json_output import to_json

    sys.stdout.write(f"{printable_json(to_json(rows))}\n")


def write_junit(config: PipelineConfig, runs: Iterable[JunitRun], fail_on: Severity | None) -> None:
    """Write runs to stdout as JUnit XML; see `stageprint.report.junit.to_junit`."""
    from stageprint.report.junit import to_junit

    sys.stdout.write(printable(to_junit(config.pipeline, runs, fail_on)))


def write_error(text: str) -> None:
    """Write a line to stderr."""
    sys.stderr.write(f"{printable(text)}\n")
