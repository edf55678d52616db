"""Cuts a table with dates into runs, in the order of time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Days = NDArray[np.datetime64]
Cut = dict[str, pa.Table]
"""Run → its rows, oldest first; a run is named by its last day, by its month or by its year."""


def days_of(column: pa.ChunkedArray) -> Days:
    """Return the day of each row of a date or timestamp column without nulls."""
    return np.asarray(column.cast(pa.timestamp("us")), dtype="datetime64[D]")


def by_days(
    table: pa.Table, days: Days, length: int = 1, ends: tuple[np.datetime64, np.datetime64] | None = None
) -> Cut:
    """Return runs of so many days, the last one perhaps shorter, named by their last day.

    Args:
        table: The rows, in any order; within a run they stay in theirs.
        days: The day of each row.
        length: Days a run.
        ends: First and last day of the first and the last run; None: those of the rows.
    """
    first, last = ends or (days.min(), days.max())
    numbers = (days - first).astype(np.int64) // length
    return {
        str(min(first + np.timedelta64(length * (int(number) + 1) - 1, "D"), last)): table.filter(numbers == number)
        for number in np.unique(numbers)
    }


def by_months(table: pa.Table, days: Days, months: int = 1) -> Cut:
    """Return one run for each month, named by it, or for each so many months, named by the last of them."""
    each = days.astype("datetime64[M]")
    numbers = (each - each.min()).astype(np.int64) // months
    return {
        str(each.min() + np.timedelta64(months * (int(number) + 1) - 1, "M")): table.filter(numbers == number)
        for number in np.unique(numbers)
    }


def last_runs(cut: Cut, count: int) -> Cut:
    """Return the last runs of a series."""
    return {run: cut[run] for run in list(cut)[-count:]}
