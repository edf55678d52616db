"""Base of the metrics that measure time from the end of the run's logical date."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Final

from stageprint.metrics._count import NO_VALUES
from stageprint.metrics.base import Metric, Value
from stageprint.model import TEMPORAL, ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.extremes import ExtremesState

DAY: Final = 86_400_000_000


class AsOfMetric(Metric):
    """A figure of the time between the values and `as_of`, the end of the run's logical date.

    A date counts from its midnight, a timestamp without timezone is taken as UTC. A run that is named after the first
    day of the period it covers has most of its values after that day.
    """

    kinds: ClassVar[frozenset[ColumnKind]] = TEMPORAL
    sql_type: ClassVar[str] = "double"
    null_means: ClassVar[str] = (
        "not a date or timestamp, no non-null values, or the run has no logical date (its name does not begin with one)"
    )
    needs: ClassVar[tuple[type[State], ...]] = (ExtremesState,)

    @abstractmethod
    def of(self, column: ColumnProfile, low: int, high: int, as_of: int) -> float:
        """Return the figure.

        Args:
            column: The column's profile.
            low: Smallest value: days for dates, microseconds for timestamps, since 1970-01-01.
            high: Largest value, in the same unit.
            as_of: First moment after the logical date, in microseconds since 1970-01-01 UTC.
        """

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the figure, unless there are no values or no logical date."""
        state = column.state(ExtremesState)
        if state is None or not isinstance(state.minimum, int) or not isinstance(state.maximum, int):
            return NO_VALUES
        if self.as_of is None:
            return NotComputable("the run has no logical date")
        return self.of(column, state.minimum, state.maximum, self.as_of)
