"""Time ranges of tables: through the latest runs, or of two tables that should not touch, now and before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from stageprint.model.epoch import microseconds_of
from stageprint.report.html.pictures.base import Picture
from stageprint.report.rows import Row

_MAX_RUNS: Final = 6

Kind = Literal["before", "beside", "now"]


def time_of_runs(place: str, runs: Sequence[str], rows: Mapping[tuple[str, str], Row]) -> Picture | None:
    """Return the event times that a table spans in the latest runs; None where the last run's are not known.

    Args:
        place: ``stage.table``.
        runs: The runs, oldest first.
        rows: Rows of `table_profiles` by table and run.
    """
    latest = runs[-_MAX_RUNS:]
    lines: list[tuple[str, Row | None, Kind]] = [
        (run, rows.get((place, run)), "now" if run == latest[-1] else "before") for run in latest
    ]
    return _spans(f"Event times of {place} by run", lines)


def time_of_two(
    place: str, other: str, run: str, before_run: str | None, rows: Mapping[tuple[str, str], Row]
) -> Picture | None:
    """Return the event times that two tables span, now and before; None where one of them is not known now.

    Args:
        place: The table that a finding is about.
        other: The table that it is compared with.
        run: The report's run.
        before_run: The run compared with; None: there is none.
        rows: Rows of `table_profiles` by table and run.
    """
    if any(_range(rows.get((name, run))) is None for name in (place, other)):
        return None
    lines: list[tuple[str, Row | None, Kind]] = []
    both: tuple[tuple[str | None, Kind], ...] = ((before_run, "before"), (run, "now"))
    for at, kind in both:
        if at is not None:
            lines.append((f"{at} {place.rpartition('.')[2]}", rows.get((place, at)), kind))
            lines.append((f"{at} {other.rpartition('.')[2]}", rows.get((other, at)), "beside"))
    return _spans(f"Event times of {place} and {other}", lines)


def _spans(title: str, lines: Iterable[tuple[str, Row | None, Kind]]) -> Picture | None:
    known = [(name, found, kind) for name, row, kind in lines if (found := _range(row)) is not None]
    if len(known) < 2 or known[-1][2] == "before":
        return None
    data = {
        "names": [name for name, _, _ in known],
        "from": [_micros(found[0]) for _, found, _ in known],
        "to": [_micros(found[1]) for _, found, _ in known],
        "kinds": [kind for _, _, kind in known],
    }
    last_two = known[:-3:-1]
    says = "; ".join(f"{name}: {low:%Y-%m-%d %H:%M} to {high:%Y-%m-%d %H:%M}" for name, (low, high), _ in last_two)
    return Picture("spans", title, f"{title}: {says}.", data)


def _range(row: Row | None) -> tuple[dt.datetime, dt.datetime] | None:
    low, high = (None if row is None else row.get(name) for name in ("event_time_min", "event_time_max"))
    return (low, high) if isinstance(low, dt.datetime) and isinstance(high, dt.datetime) else None


def _micros(value: dt.datetime) -> int:
    return microseconds_of(value if value.tzinfo is not None else value.replace(tzinfo=dt.timezone.utc))
