"""Timestamps at midnight sharp: dates in disguise."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from stageprint.batch.column import ColumnBatch
from stageprint.model import TIMESTAMPS, ColumnKind
from stageprint.states.base_tally import TallyState

_HOUR: Final = 3_600_000_000


class MidnightsState(TallyState):
    """Exact counts of timestamps, and of those at 00:00:00 to the microsecond, in UTC (as written, without timezone).

    Attributes:
        n: Timestamps that are not null.
        midnights: Those at midnight.
    """

    name: ClassVar[str] = "midnights"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = TIMESTAMPS
    fields: ClassVar[tuple[str, ...]] = ("n", "midnights")
    n: int
    midnights: int

    def update(self, batch: ColumnBatch) -> None:
        """Count the timestamps of one batch."""
        hours, rows = batch.hours
        # Only the midnight of a day that has a first hour can be there: few places to look at, whatever the rows.
        days = hours[hours % 24 == 0] * _HOUR
        values, counts = batch.sorted_values.exact, batch.sorted_values.counts
        first = np.searchsorted(values, days)
        if counts is None:
            found = int((np.searchsorted(values, days, "right") - first).sum())
        else:
            found = int(counts[first[values[first] == days]].sum())
        self._add(int(rows.sum()), found)
