"""Share of the timestamps at exactly midnight."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._tally import TallyShareMetric
from stageprint.model import TIMESTAMPS, ColumnKind
from stageprint.states.base import State
from stageprint.states.midnights import MidnightsState


class MidnightShareMetric(TallyShareMetric):
    """Timestamps at exactly 00:00:00 UTC (as written, for timestamps without timezone) ÷ non-null timestamps.

    Near 1, the column holds dates; a jump means that the time of day was lost.
    """

    name: ClassVar[str] = "midnight_share"
    kinds: ClassVar[frozenset[ColumnKind]] = TIMESTAMPS
    null_means: ClassVar[str] = "not a timestamp column, or no non-null values"
    needs: ClassVar[tuple[type[State], ...]] = (MidnightsState,)
    field: ClassVar[str] = "midnights"
    of: ClassVar[str] = "n"
