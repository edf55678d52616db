"""Finds the column that says when a row happened, and the columns that are parts of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stageprint.model import ColumnKind
from stageprint.pipeline.draft.columns import TIMES, ColumnFacts, TableFacts, words_of

_GOOD: Final = frozenset(
    {"event", "time", "timestamp", "ts", "at", "date", "datetime", "day", "occurred", "created", "ordered", "order"}
)
_BAD: Final = frozenset(
    {
        "birth", "birthday", "birthdate", "dob", "born", "updated", "modified", "changed", "loaded", "ingested",
        "inserted", "processed", "expiry", "expires", "expired", "valid", "due", "until", "deleted", "commit",
        "receipt", "planned", "scheduled", "expected", "served", "scored", "predicted", "start", "end",
        "deadline", "etl"
    }
)  # fmt: skip
"""Words of times at which something else happened: to a person, to the row, or not yet."""

_MIN_SHARE: Final = 0.95
"""Share of rows in which a part of the time is what a column holds; summer time moves it in the others."""

_PARTS: Final[Mapping[str, tuple[int, int]]] = {
    "day_of_week": (0, 7),
    "hour": (0, 23),
    "day": (1, 31),
    "month": (1, 12),
    "quarter": (1, 4),
    "year": (1900, 2200),
    "iso_week": (1, 53),
}
"""Part of a time → the smallest and the largest value it has."""

_OFFSETS: Final = (0, *(sign * hours for hours in range(1, 15) for sign in (-1, 1)))
"""Offsets of time zones, in hours."""

_MAX_ROWS: Final = 20_000
"""Rows that are looked at."""

_MIN_DISTINCT: Final = 3

_MAX_AGE: Final = dt.timedelta(days=92)
"""Largest age of the newest date at the run's own date: what happened in a quarter is in the run after it."""


def event_time_of(
    facts: TableFacts, moves: Mapping[str, bool], inherited: str | None, static: Collection[str] = ()
) -> tuple[str, str] | None:
    """Return the column that says when a row happened, and why; None: there is none.

    Args:
        facts: What is known of the table.
        moves: Column of times → whether its values advance from run to run; empty where there is one run.
        inherited: The event time of the table that this one is made from.
        static: Columns of times that do not advance from run to run, as the dates in a table of products.
    """
    found = []
    for column in facts.columns.values():
        if column.kind not in TIMES or not column.values.distinct or column.name in static:
            continue
        words = set(facts.words(column.name)) | {"".join(facts.words(column.name))}
        known = 1 - column.nulls / max(facts.rows, 1)
        if (words | set(words_of(column.name))) & {"birth", "birthday", "birthdate", "dob", "born"}:
            continue
        score = 2.0 * bool(words & _GOOD) - 2.0 * bool(words & _BAD) + 2.0 * known
        score += 3.0 if moves.get(column.name) else 0.0
        score += 4.0 if column.name == inherited else 0.0
        score += 0.5 if column.kind is not ColumnKind.DATE else 0.0
        found.append((score, -column.position, column.name, known))
    if not found:
        return None
    score, _, name, known = max(found)
    if score < 2.0 or known < 0.5:
        return None
    why = ["known in every row" if known == 1 else f"known in {100 * known:.3g} % of rows"]
    why += ["advances from run to run"] if moves.get(name) else []
    why += ["as in the table it is made from"] if name == inherited else []
    others = len(found) - 1
    why += [f"chosen from {len(found)} time columns"] if others else ["the only time column"]
    return name, ", ".join(why)


def stands_still(before: ColumnFacts | None, after: ColumnFacts | None) -> bool:
    """Return whether neither the oldest nor the newest value of a later run is newer than in an earlier one."""
    if before is None or after is None or before.high is None or after.high is None or before.kind is not after.kind:
        return False
    return bool(after.high <= before.high and after.low <= before.low)


def is_long_past(facts: TableFacts, name: str, date: dt.date) -> bool:
    """Return whether a column of dates, by its name of no event, ends long before the date of the only run."""
    column = facts.columns[name]
    if column.kind is not ColumnKind.DATE or column.high is None or set(words_of(name)) & _GOOD:
        return False
    return bool(column.high < date - _MAX_AGE)


def parts_of_time(rows: pa.Table, event_time: str, facts: TableFacts) -> Iterator[tuple[str, str]]:
    """Yield columns that hold a part of the event time in almost every row: (column, in words which part).

    The part may be that of another time zone: every whole offset of hours is tried.
    """
    some = rows.slice(0, _MAX_ROWS)
    times = some.column(event_time).combine_chunks()
    if isinstance(times, pa.ChunkedArray):
        return
    times = times.cast(pa.timestamp("us")) if not pa.types.is_timestamp(times.type) else times
    parts: dict[tuple[str, int], Any] = {}
    for column in facts.columns.values():
        if column.kind is not ColumnKind.INTEGER or column.values.distinct < _MIN_DISTINCT:
            continue
        for part, (low, high) in _PARTS.items():
            if not low <= int(column.low) <= int(column.high) <= high:
                continue
            if any(_agree(some.column(column.name), _part(times, part, offset, parts), part) for offset in _OFFSETS):
                yield column.name, part.replace("_", " ")
                break


def _part(times: Any, part: str, offset: int, known: dict[tuple[str, int], Any]) -> Any:
    if (part, offset) not in known:
        moved = pc.add(times, pa.scalar(offset * 3_600_000_000, pa.duration("us"))) if offset else times
        known[part, offset] = getattr(pc, part)(moved)
    return known[part, offset]


def _agree(values: pa.ChunkedArray, part: Any, name: str) -> bool:
    both = pc.and_(values.is_valid(), part.is_valid())
    mine = values.filter(both).to_numpy().astype(np.int64)
    theirs = part.filter(both).to_numpy(zero_copy_only=False).astype(np.int64)
    if not len(mine):
        return False
    if name == "day_of_week":  # weeks begin on Sunday or Monday, and with 0 or 1
        shifts = np.bincount((mine - theirs) % 7, minlength=7)
        return bool(shifts.max() / len(mine) >= _MIN_SHARE)
    return bool(np.mean(mine == theirs) >= _MIN_SHARE)
