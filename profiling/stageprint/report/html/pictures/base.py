"""What a picture is, and what it is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stageprint.report.rows import Row

Drawing = Literal["bars", "bins", "hours", "runs"]
Form = Literal["count", "date", "number", "share", "timestamp"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with its caption.

    Attributes:
        drawing: How it is drawn: the function of this name in ``scripts/drawings.js``.
        title: What is shown, in a few words.
        says: What can be seen, in one or two sentences: the caption, and the text for those who do not see it.
        data: What the drawing needs; JSON-serialisable. Shares are 0–1, times are microseconds since 1970-01-01 UTC,
            dates are days since then; None is a value that is not known.
    """

    drawing: Drawing
    title: str
    says: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """A column as pictures need it.

    Attributes:
        place: ``stage.table.column``.
        runs: The runs of the report, oldest first; the last is the one that the report is about.
        rows: The column's row of each run, as `ReportStore.column_rows` returns it; empty where there is none.
        now: All metrics of the report's run.
        before: All metrics of the run compared with; None: there is none.
        before_run: The name of that run.
        since: The first run of what is told; None: nothing is.
    """

    place: str
    runs: tuple[str, ...]
    rows: tuple[Row, ...]
    now: Row
    before: Row | None
    before_run: str | None
    since: str | None = None

    @property
    def run(self) -> str:
        """The run that the report is about."""
        return self.runs[-1]


def form_of(data_type: str) -> Form:
    """Return how the values of a column of numbers or times are written."""
    if data_type == "date":
        return "date"
    return "timestamp" if data_type.startswith("timestamp") else "number"


def earlier_range(values: Sequence[float | None], before: int) -> tuple[float, float] | None:
    """Return the smallest and the largest of the first values that are known; None: fewer than two are."""
    known = [value for value in values[:before] if value is not None]
    return (min(known), max(known)) if len(known) > 1 else None
