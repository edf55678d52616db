"""Metrics of the small exact counts."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import NO_VALUES
from stageprint.metrics.base import Metric, Value
from stageprint.model import ColumnProfile, NotComputable
from stageprint.states.base_tally import TallyState


class TallyMetric(Metric):
    """Number of rows of one sort; 0 where there are none, for that is counted too.

    Attributes:
        field: The count of the one state it needs.
    """

    unit: ClassVar[str] = "rows"
    sql_type: ClassVar[str] = "bigint"
    source: ClassVar[str] = "exact count"
    field: ClassVar[str]

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the count."""
        value: int = getattr(tally_of(self, column), self.field)
        return value


class TallyShareMetric(Metric):
    """One count as a share of another.

    Attributes:
        field: The count of the one state it needs.
        of: What it is a share of.
    """

    unit: ClassVar[str] = "share 0–1"
    sql_type: ClassVar[str] = "double"
    source: ClassVar[str] = "exact counts"
    field: ClassVar[str]
    of: ClassVar[str]

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the share."""
        state = tally_of(self, column)
        whole: int = getattr(state, self.of)
        part: int = getattr(state, self.field)
        return part / whole if whole else NO_VALUES


def tally_of(metric: Metric, column: ColumnProfile) -> TallyState:
    """Return the state of counts that a metric needs, which `evaluate` has made sure of."""
    state = column.states[metric.needs[0].name]
    assert isinstance(state, TallyState)  # noqa: S101 -- the needs of these metrics
    return state
