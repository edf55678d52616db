"""One figure through the runs, with the range of the runs before it changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from stageprint.report.html.pictures.base import ColumnSeen, Form, Picture, earlier_range, form_of
from stageprint.report.text import count, level, plural, share

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
    if sum(value is not None for value in usable) < 2:
        return None
    began = runs.index(since) if since in runs else len(runs) - 1
    usual = earlier_range(usable, began)
    parts = [f"{show(usable[-1]) if usable[-1] is not None else 'not known'} in {runs[-1]}"]
    if usual is not None:
        low, high = (show(end) for end in usual)
        span = low if low == high else f"{low} to {high}"
        parts.insert(0, f"{span} in the {plural(sum(v is not None for v in usable[:began]), 'run')} before")
    if since is not None and since in runs and since != runs[-1] and usable[began] is not None:
        parts.append(f"changed in {since} ({show(usable[began])})")
    data = {
        "runs": list(runs),
        "values": [None if value is None else _short(value) for value in usable],
        "usual": None if usual is None else list(usual),
        "since": since if since in runs else None,
        "form": form,
    }
    return Picture("runs", title, f"{title}: {', '.join(parts)}.", data)


def _short(value: float) -> float:
    """Return a number with five significant digits, so that pages with thousands of drawings stay small."""
    return float(f"{value:.5g}") if isinstance(value, float) and abs(value) < 1e9 else value
