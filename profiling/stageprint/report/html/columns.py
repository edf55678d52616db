"""A column's row on the page: nulls, distinct values and typical value, each with its course through the runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from stageprint.model import ColumnKey, Concern, Severity
from stageprint.model.figures import plural
from stageprint.report.html.anchors import anchor
from stageprint.report.html.data import ReportData
from stageprint.report.html.sparkline import Sparkline, sparkline
from stageprint.report.html.views import ColumnView
from stageprint.report.rows import Row
from stageprint.report.text import MISSING, clip, count, level, share, stored

ColumnName = tuple[str, str, str]
"""Stage, table and column."""

_NONE: Final = Severity.NONE.value
_MAX_ITEM_CHARS: Final = 24
_CENTRES: Final = ("median", "mean", "true_share", "top_share")


def column_view(data: ReportData, by_run: Mapping[str, Row], worst: Mapping[ColumnName, str]) -> ColumnView:
    """Return a column's row.

    Args:
        data: The report's rows.
        by_run: The column's rows of `column_profiles`, by run; the report's run is among them.
        worst: Severity of each column that has one.
    """
    now = by_run[data.run_id]
    severity = worst.get((now["stage"], now["table"], now["column"]), _NONE)
    more = data.learning.get(ColumnKey(now["stage"], now["table"], now["column"]))
    rows = [by_run.get(run, {}) for run in data.runs]
    severities = [*(row.get("severity") or _NONE for row in rows[:-1]), severity]
    drawings = [_drawing_of(row.get("statistic")) for row in rows]

    def measure(
        name: str, show: Callable[[Any], str], drawing: str = "centre", *, from_zero: bool
    ) -> tuple[str, Sparkline | None]:
        values = [row.get(name) for row in rows]
        marks = [mark if which == drawing else _NONE for mark, which in zip(severities, drawings, strict=True)]
        return show(now.get(name)), sparkline(data.runs, values, marks, show, from_zero=from_zero)

    return ColumnView(
        anchor=anchor(now["stage"], now["table"], now["column"]),
        place=".".join((now["stage"], now["table"], now["column"])),
        name=now["column"],
        data_type=now["data_type"],
        severity=severity,
        learning=f"learning: {plural(more, 'more run')}" if more else "",
        advances=now.get("advances") or "",
        explanation=now["explanation"] or "",
        nulls=measure("null_share", share, "nulls", from_zero=True),
        distinct=measure("distinct_count", count, "distinct", from_zero=True),
        centre=_centre(now, measure),
        order=tuple(_sorted_by(now, *names) for names in (("null_share",), ("distinct_count",), _CENTRES)),
        low=_extreme(now, "min_text"),
        high=_extreme(now, "max_text"),
    )


def _sorted_by(now: Row, *names: str) -> float | str:
    """Return the first of some figures that is known; "": none is."""
    return next((float(now[name]) for name in names if now.get(name) is not None), "")


def _extreme(now: Row, name: str) -> tuple[str, str]:
    """Return a minimum or maximum as it is shown, and in full."""
    return stored(now.get(name), now["data_type"]), now.get(name) or ""


def _drawing_of(statistic: str | None) -> str:
    """Return which of a column's three drawings shows what a statistic measures."""
    if statistic is None:
        return "centre"
    from stageprint.shifts import concerns_of  # noqa: PLC0415 -- a report without a shift needs no statistic

    concerns = concerns_of(statistic)
    if not concerns.isdisjoint({Concern.MISSING_VALUES, Concern.PLACEHOLDERS}):
        return "nulls"
    if Concern.LABELS in concerns:
        return "distinct"
    return "centre"


def _centre(now: Row, measure: Callable[..., tuple[str, Sparkline | None]]) -> tuple[str, Sparkline | None]:
    """Return the column's typical value: its median, mean or share of true, else its most frequent value."""
    for name in ("median", "mean"):
        if now.get(name) is not None:
            text, line = measure(name, lambda value: level(value, now["data_type"]), from_zero=False)
            return f"{name} {text}", line
    if now.get("true_share") is not None:
        text, line = measure("true_share", share, from_zero=True)
        return f"true {text}", line
    items = now.get("top_items")
    if not items:
        return MISSING, None
    text, line = measure("top_share", share, from_zero=True)
    return f"{clip(str(items[0]['item']), _MAX_ITEM_CHARS)} ({text})", line
