"""What a picture is, and what it is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from stageprint.report.rows import Row

_MAX_SHORTENED: Final = 1e9

Drawing = Literal["bars", "bins", "hours", "runs", "spans"]
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
        tells: Whether something unusual can be seen; a finding has other pictures first, and none that tells nothing
            beside one that does.
    """

    drawing: Drawing
    title: str
    says: str
    data: Mapping[str, Any]
    tells: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return the picture as the page's script is given it."""
        return {"drawing": self.drawing, "title": self.title, "says": self.says, "data": self.data}


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """A column as pictures need it.

    Attributes:
        place: ``stage.table.column``.
        runs: The runs of the report, oldest first; the last is the one that the report is about.
        rows: The column's row of each run, as `ReportData.columns` has it; empty where there is none.
        now: All metrics of the report's run.
        before: All metrics of the run compared with; None: there is none.
        before_run: The name of that run.
        since: The first run of what is told; None: nothing is.
        beside: Whether `before` is another column of the same run, which `before_run` then names.
    """

    place: str
    runs: tuple[str, ...]
    rows: tuple[Row, ...]
    now: Row
    before: Row | None
    before_run: str | None
    since: str | None = None
    beside: bool = False

    @property
    def run(self) -> str:
        """The run that the report is about."""
        return self.runs[-1]


def form_of(data_type: str) -> Form:
    """Return how the values of a column of numbers or times are written."""
    if data_type == "date":
        return "date"
    return "timestamp" if data_type.startswith("timestamp") else "number"


def short(value: float, digits: int) -> float:
    """Return a number with so many significant digits, so that pages with thousands of drawings stay small.

    Times keep whole microseconds: numbers from a thousand million on are only rounded to whole ones.
    """
    return float(f"{value:.{digits}g}") if abs(value) < _MAX_SHORTENED else float(round(value))


@dataclass(frozen=True)
class Course:
    """A figure through the runs, which may have changed in one of them.

    Attributes:
        runs: The runs, oldest first.
        values: The figure in each; None: not known.
        since: First run of the change that is told; None, or a run that is not drawn: the last run is looked at alone.
    """

    runs: Sequence[str]
    values: Sequence[float | None]
    since: str | None

    @cached_property
    def began(self) -> int:
        """The place of the run in which the figure changed."""
        return self.runs.index(self.since) if self.since in self.runs else len(self.runs) - 1

    @cached_property
    def before(self) -> list[float]:
        """The known values of the runs before."""
        return [value for value in self.values[: self.began] if value is not None]

    @property
    def drawn(self) -> bool:
        """Whether two runs have a value."""
        return sum(value is not None for value in self.values) > 1

    @cached_property
    def usual(self) -> tuple[float, float] | None:
        """The lowest and the highest of the runs before; None: fewer than two are known."""
        before = self.before
        return (min(before), max(before)) if len(before) > 1 else None

    @property
    def moved(self) -> bool:
        """Whether the last run lies outside the range of the runs before, or of those nothing is known."""
        usual, last = self.usual, self.values[-1]
        return usual is None or last is None or not usual[0] <= last <= usual[1]

    def data(self, form: Form) -> dict[str, Any]:
        """Return what the drawing needs."""
        return {
            "runs": list(self.runs),
            "values": [short(value, 5) if isinstance(value, float) else value for value in self.values],
            "usual": self.usual,
            "since": self.since if self.since in self.runs else None,
            "form": form,
        }
