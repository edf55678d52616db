"""Bases of the metrics of the small exact counts."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import NO_VALUES
from stageprint.metrics.base import Metric, Value
from stageprint.model import ColumnProfile, NotComputable
from stageprint.states.base_tally import TallyState


class TallyMetric(Metric):
    """Number of rows with some property; 0 where no row has it.

    Attributes:
        field: Name of the count in the one state that the metric needs.
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
        field: Name of the count in the one state that the metric needs.
        of: Name of the count that it is a share of.
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
    """Return the one state that a metric needs; `evaluate` has checked that it is there."""
    state = column.states[metric.needs[0].name]
    assert isinstance(state, TallyState)  # noqa: S101 -- these metrics need a tally state
    return state
