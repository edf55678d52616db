"""The shares of a column's labels, before and now, with those that are new or lost."""

from __future__ import annotations

from typing import Any, Final

from stageprint.model.figures import plural
from stageprint.report.html.pictures.base import ColumnSeen, Picture
from stageprint.report.rows import Row
from stageprint.report.text import clip, share

_MAX_LABELS: Final = 14
_MAX_CHARS: Final = 32
_MAX_NUMBERS: Final = 40
_TIMES: Final = frozenset({"date", "timestamp", "timestamp_ntz"})


def labels(column: ColumnSeen) -> Picture | None:
    """Return the most frequent values with their shares of the values that are not null.

    None where none are stored, for times, and for numbers with so many values that each is rare.

    A label is *new* where the run before has every one of its labels stored, and not this one, and *lost* the other way
    round; beside another column it is *only here* or *absent*. Where only the most frequent ones are stored, nothing is
    called any of these.
    """
    if not _has_labels(column.now):
        return None
    now, then = _shares(column.now), _shares(column.before)
    if not now:
        return None
    # By name where shares are equal: the order of a set differs from one process to the next.
    largest = {name: max(now.get(name, 0.0), (then or {}).get(name, 0.0)) for name in {*now, *(then or {})}}
    names = sorted(largest, key=lambda name: (-largest[name], name))
    whole = _is_whole(column.now) and then is not None and _is_whole(column.before)
    new = [name for name in names if whole and name not in (then or {})]
    lost = [name for name in names if whole and name not in now]
    told = [*new, *lost]
    first = [*names[: _MAX_LABELS - min(len(told), _MAX_LABELS // 2)]]
    shown = [*first, *[name for name in told if name not in first]][:_MAX_LABELS]
    here, gone = ("only here", "absent") if column.beside else ("new", "lost")
    says = [_told(here, new, now), _told(gone, lost, then or {})]
    rest = len(names) - len(shown)
    clause = "; ".join(part for part in says if part) or _stored(now, whole=_is_whole(column.now))
    then_ = f"{column.before_run}:" if column.beside else "before"
    texts = {name: f"{here} {share(now.get(name))}" for name in new}
    texts |= {name: f"{gone} ({then_} {share((then or {}).get(name))})" for name in lost}
    data = {
        "names": [clip(name, _MAX_CHARS) for name in shown],
        "now": [now.get(name, 0.0 if whole else None) for name in shown],
        "before": None if then is None else [then.get(name, 0.0 if whole else None) for name in shown],
        "notes": [here if name in new else gone if name in lost else "" for name in shown],
        "texts": [texts.get(name, "") for name in shown],
        "rest": rest,
        "form": "share",
        "axis": "share of the values",
        "now_run": column.run,
        "before_run": column.before_run if then is not None else None,
    }
    return Picture("bars", f"Labels of {column.place}", f"Labels of {column.place} in {column.run}: {clause}.", data)


def _stored(labels: dict[str, float], *, whole: bool) -> str:
    if whole and len(labels) == 1:
        return f"{clip(next(iter(labels)), _MAX_CHARS)} alone"
    return f"{'all ' if whole else ''}{plural(len(labels), 'label')}{'' if whole else ' stored'}"


def _has_labels(row: Row) -> bool:
    data_type = str(row["data_type"])
    if data_type in {"string", "boolean"} or data_type.startswith(("char", "varchar")):
        return True
    distinct = row.get("distinct_count")
    return data_type not in _TIMES and distinct is not None and distinct <= _MAX_NUMBERS


def _shares(row: Row | None) -> dict[str, float] | None:
    items: list[dict[str, Any]] | None = None if row is None else row.get("top_items")
    if row is None or items is None:
        return None
    values = _values(row)
    return {str(one["item"]): round(one["count"] / values, 5) for one in items} if values > 0 else {}


def _is_whole(row: Row | None) -> bool:
    """Return whether the stored labels are all that there are."""
    items = None if row is None else row.get("top_items")
    if row is None or items is None:
        return False
    return sum(one["count"] for one in items) >= _values(row) and not row.get("top_items_max_error")


def _values(row: Row) -> int:
    return int((row.get("row_count") or 0) - (row.get("null_count") or 0))


def _told(what: str, names: list[str], shares: dict[str, float]) -> str:
    if not names:
        return ""
    shown = ", ".join(f"{clip(name, _MAX_CHARS)} ({share(shares[name])})" for name in names[:3])
    return f"{what}: {shown}" + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
