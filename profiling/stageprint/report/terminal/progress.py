"""Progress on stderr: a live bar on a terminal, one line per table elsewhere."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.text import Text

from stageprint.model.figures import plural
from stageprint.model.outcomes import TableOutcome
from stageprint.redact import redacted
from stageprint.report.text import count, seconds

if TYPE_CHECKING:
    from stageprint.ports import Progress


def make_progress(console: Console) -> Progress:
    """Return the progress display that suits `console`."""
    return LiveProgress(console) if console.is_terminal else PlainProgress(console)


class PlainProgress:
    """One line per step, for logs and pipes: ``[ 3/132] 2013-05 raw.flights ok 28,796 rows, …``."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._total = 0
        self._done = 0

    def start(self, total: int, what: str) -> None:
        """Print how many steps there are."""
        with self._lock:
            self._total, self._done = total, 0
            self._print(f"{what} ({total:,})")

    def advance(self, step: TableOutcome | str) -> None:
        """Print the step and its number."""
        with self._lock:
            self._done += 1
            width = len(str(self._total))
            self._print(f"[{self._done:>{width}}/{self._total}] {step_text(step)}")

    def close(self) -> None:
        """Do nothing: there is nothing to remove from the screen."""

    def _print(self, line: str) -> None:
        # One line per step, however long: logs are searched line by line.
        self._console.print(Text(line), soft_wrap=True)


class LiveProgress:
    """A bar with the latest step beside it; failures stay on the screen above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[latest]}", style="remark", markup=False),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._lock = threading.Lock()

    def start(self, total: int, what: str) -> None:
        """Show the bar at zero."""
        with self._lock:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(what, total=total, latest="")
            self._bar.start()

    def advance(self, step: TableOutcome | str) -> None:
        """Move the bar by one step."""
        if isinstance(step, TableOutcome) and step.status == "failed":
            self._console.print(Text(step_text(step), style="failed"), soft_wrap=True)
        with self._lock:
            if self._task is not None:
                self._bar.update(self._task, advance=1, latest=step_text(step))

    def close(self) -> None:
        """Remove the bar from the screen."""
        self._bar.stop()


def step_text(step: TableOutcome | str) -> str:
    """Return a step as one line of text."""
    if isinstance(step, str):
        return redacted(step)
    what = f"{step.run_id} {step.key} {step.status}"
    if step.status == "failed":
        return f"{what} {step.error or 'for an unknown reason'}"
    return f"{what} {count(step.rows)} rows, {plural(step.columns or 0, 'column')}, {seconds(step.seconds)}"
