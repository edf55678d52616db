"""Timestamps at exactly midnight: dates stored as timestamps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from stageprint.model import TIMESTAMPS, ColumnKind
from stageprint.states.base_tally import TallyState

if TYPE_CHECKING:
    from stageprint.batch.column import ColumnBatch

_HOUR_MICROSECONDS: Final = 3_600_000_000


class MidnightsState(TallyState):
    """Exact counts of timestamps, and of those at exactly 00:00:00 UTC (as written, for timestamps without timezone).

    Attributes:
        n: Number of non-null timestamps.
        midnights: Number of timestamps at midnight.
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
        # Only days with a value in their first hour can have a midnight: few values to look up, whatever the rows.
        days = hours[hours % 24 == 0] * _HOUR_MICROSECONDS
        values, counts = batch.sorted_values.exact, batch.sorted_values.counts
        first = np.searchsorted(values, days)
        if counts is None:
            found = int((np.searchsorted(values, days, "right") - first).sum())
        else:
            found = int(counts[first[values[first] == days]].sum())
        self._add(int(rows.sum()), found)
