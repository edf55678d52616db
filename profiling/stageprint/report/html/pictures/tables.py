"""Pictures about whole tables: rows kept on the way from another table, and nulls of several columns at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from stageprint.model.figures import plural
from stageprint.report.html.pictures.base import Course, Picture
from stageprint.report.rows import Row
from stageprint.report.text import clip, count, share

_MAX_COLUMNS: Final = 14
_MAX_CHARS: Final = 32
_MIN_CHANGE: Final = 0.005


def rows_kept(
    place: str,
    source: str,
    runs: Sequence[str],
    rows: Sequence[int | None],
    source_rows: Sequence[int | None],
    since: str | None,
) -> Picture | None:
    """Return the rows of a table as a share of those of the table it is made from, by run; None: unknown of two runs.

    Args:
        place: The table.
        source: The table it is made from.
        runs: The runs, oldest first.
        rows: Rows of the table.
        source_rows: Rows of the table it is made from.
        since: First run of what is told.
    """
    kept = [
        None if mine is None or not theirs else mine / theirs for mine, theirs in zip(rows, source_rows, strict=True)
    ]
    course = Course(runs, kept, since)
    if not course.drawn:
        return None
    now, parts = kept[-1], []
    if course.before:
        span = dict.fromkeys((share(min(course.before)), share(max(course.before))))
        parts.append(f"{' to '.join(span)} in the {plural(len(course.before), 'run')} before")
    counts = f"{count(rows[-1])} rows, {count(source_rows[-1])} upstream"
    parts.append("not known" if now is None else f"{share(now)} in {runs[-1]} ({counts})")
    title = f"Rows of {place} as a share of the rows of {source}"
    return Picture("runs", title, f"{title}: {', '.join(parts)}.", course.data("share"), tells=course.moved)


def nulls_of_columns(
    place: str, now: Mapping[str, Row], before: Mapping[str, Row], named: Sequence[str], now_run: str, before_run: str
) -> Picture | None:
    """Return the share of nulls of the columns in which it changed, now and before; None: in none.

    Args:
        place: The table.
        now: Rows of its columns in the report's run, by name.
        before: The same in the run compared with.
        named: Columns that the finding names; they come first.
        now_run: The report's run.
        before_run: The run compared with.
    """
    both = {name: (_nulls(now[name]), _nulls(before[name])) for name in now if name in before}
    moved = {name: (b - a) for name, (b, a) in both.items() if a is not None and b is not None}
    names = [name for name in named if name in moved]
    names += sorted(
        (name for name, change in moved.items() if abs(change) >= _MIN_CHANGE and name not in named),
        key=lambda name: -abs(moved[name]),
    )
    if not any(abs(moved[name]) >= _MIN_CHANGE for name in names):
        return None
    shown = names[:_MAX_COLUMNS]
    most = max(shown, key=lambda name: abs(moved[name]))
    data = {
        "names": [clip(name, _MAX_CHARS) for name in shown],
        "now": [both[name][0] for name in shown],
        "before": [both[name][1] for name in shown],
        "notes": ["" for _ in shown],
        "rest": len(names) - len(shown),
        "form": "share",
        "axis": "nulls, share of the rows",
        "now_run": now_run,
        "before_run": before_run,
    }
    changed = plural(sum(abs(moved[name]) >= _MIN_CHANGE for name in names), "column")
    says = (
        f"Share of nulls of {changed} of {place} changed; {most}: {share(both[most][1])} in {before_run}, "
        f"{share(both[most][0])} in {now_run}."
    )
    return Picture("bars", f"Nulls of the columns of {place}", says, data)


def _nulls(row: Row) -> float | None:
    value: float | None = row.get("null_share")
    return value
