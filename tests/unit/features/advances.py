"""Columns of daily or weekly runs, as the recognition of advancing columns meets them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from stageprint.features.advancing import Advance, advance_of
from stageprint.features.column import ColumnFeatures
from stageprint.features.from_profile import read_column
from stageprint.features.run_days import windows_by_date
from stageprint.model import ColumnKind
from tests.unit.shifts.columns import column

START = dt.date(2013, 1, 1)


def dates(count: int, *, step: int = 1, start: dt.date = START) -> list[dt.date]:
    """Return the dates of runs, `step` days apart."""
    return [start + dt.timedelta(days=step * number) for number in range(count)]


def runs_of(
    values: Sequence[Sequence[Any]], kind: ColumnKind, days: Sequence[dt.date] | None = None
) -> list[ColumnFeatures]:
    """Return the features of a column in successive runs, with the days by the runs' dates where given."""
    found = [read_column(column(run, kind)) for run in values]
    for features, windows in zip(found, windows_by_date(days or []), strict=False):
        features.windows = windows
    return found


def advance(values: Sequence[Sequence[Any]], kind: ColumnKind, days: Sequence[dt.date] | None = None) -> Advance | None:
    """Return how a column advances in the last of its runs."""
    *past, current = runs_of(values, kind, days)
    return advance_of(current, past)
