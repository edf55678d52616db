"""One figure through the runs, with the range of the runs before it changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from stageprint.model.figures import plural
from stageprint.report.html.pictures.base import ColumnSeen, Course, Form, Picture, form_of
from stageprint.report.text import count, level, share

_MEASURES: Final[dict[str, tuple[str, Form]]] = {
    "null_share": ("Share of nulls", "share"),
    "distinct_count": ("Distinct values", "count"),
    "true_share": ("Share of true", "share"),
    "top_share": ("Share of the most frequent value", "share"),
    "row_count": ("Rows", "count"),
}
_LEVELS: Final = ("median", "mean", "true_share", "top_share")


def nulls_through_runs(column: ColumnSeen) -> Picture | None:
    """Return the share of nulls by run."""
    return _measure(column, "null_share")


def distinct_through_runs(column: ColumnSeen) -> Picture | None:
    """Return the number of distinct values by run."""
    return _measure(column, "distinct_count")


def level_through_runs(column: ColumnSeen) -> Picture | None:
    """Return the column's typical value by run: the median, else the mean, the share of true or of the top value."""
    name = next((name for name in _LEVELS if column.now.get(name) is not None), None)
    return None if name is None else _measure(column, name)


def rows_through_runs(
    place: str, runs: Sequence[str], counts: Sequence[int | None], since: str | None
) -> Picture | None:
    """Return the number of rows of a table by run.

    Args:
        place: ``stage.table``.
        runs: The runs, oldest first.
        counts: Rows in each; None: not known.
        since: First run of what is told; None: nothing is.
    """
    return _through_runs(f"Rows of {place}", runs, counts, since, "count", count)


def _measure(column: ColumnSeen, name: str) -> Picture | None:
    data_type = str(column.now["data_type"])
    title, form = _MEASURES.get(name, (name.capitalize(), form_of(data_type)))
    show: Callable[[Any], str] = share if form == "share" else count if form == "count" else _level(data_type)
    values = [row.get(name) for row in column.rows]
    return _through_runs(f"{title} of {column.place}", column.runs, values, column.since, form, show)


def _level(data_type: str) -> Callable[[Any], str]:
    return lambda value: level(value, data_type)


def _through_runs(
    title: str,
    runs: Sequence[str],
    values: Sequence[float | None],
    since: str | None,
    form: Form,
    show: Callable[[Any], str],
) -> Picture | None:
    usable = [None if value is None or not math.isfinite(value) else value for value in values]
    course = Course(runs, usable, since)
    if not course.drawn:
        return None
    parts = [f"{show(usable[-1]) if usable[-1] is not None else 'not known'} in {runs[-1]}"]
    if course.usual is not None:
        low, high = (show(one) for one in course.usual)
        span = low if low == high else f"{low} to {high}"
        parts.insert(0, f"{span} in the {plural(len(course.before), 'run')} before")
    first = usable[course.began]
    if since in runs and since != runs[-1] and first is not None:
        parts.append(f"changed in {since} ({show(first)})")
    return Picture("runs", title, f"{title}: {', '.join(parts)}.", course.data(form), tells=course.moved)
