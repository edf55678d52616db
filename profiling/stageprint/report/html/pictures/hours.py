"""The hours of the day of a column of times: before, now, and now turned back."""

from __future__ import annotations

from collections.abc import Sequence

from stageprint.model.figures import duration
from stageprint.report.html.pictures.base import ColumnSeen, Picture

_HOURS = 24


def hours_of_day(column: ColumnSeen, moved: float | None = None) -> Picture | None:
    """Return the shares of the rows by hour of the day; None where they are not known.

    Args:
        column: The column.
        moved: Hours by which the clock is said to have moved; the drawing shows the present hours with that undone.
    """
    now = _shares(column.now.get("hour_of_day"))
    then = _shares((column.before or {}).get("hour_of_day"))
    if now is None:
        return None
    says = f"Rows of {column.place} by hour of the day in {column.run}"
    if then is not None:
        says += f", and in {column.before_run}"
    turned, undone = None, None
    if moved is not None and moved == round(moved) and moved % _HOURS and then is not None:
        turned = [now[(hour + int(moved)) % _HOURS] for hour in range(_HOURS)]
        undone = f"{'back' if moved > 0 else 'forward'} by {duration(3600 * abs(moved)).removeprefix('+')}"
        says += f"; dashed: {column.run} with the clock turned {undone}"
    data = {
        "now": now,
        "before": then,
        "turned": turned,
        "turned_by": undone,
        "now_run": column.run,
        "before_run": column.before_run,
    }
    return Picture("hours", f"Hours of {column.place}", f"{says}.", data)


def _shares(counts: Sequence[int] | None) -> list[float] | None:
    total = sum(counts or ())
    if not counts or len(counts) != _HOURS or not total:
        return None
    return [round(one / total, 5) for one in counts]
