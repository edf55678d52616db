"""Bases of the metrics that are the smallest or the largest value."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import NO_VALUES
from stageprint.metrics._text import value_text
from stageprint.metrics.base import TEMPORAL_UNIT, Metric, Value
from stageprint.model import ORDERED, ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.extremes import ExtremesState


class ExtremeMetric(Metric):
    """The smallest or largest value as the nearest double.

    Attributes:
        greatest: Whether it is the maximum.
    """

    unit: ClassVar[str] = TEMPORAL_UNIT
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    sql_type: ClassVar[str] = "double"
    source: ClassVar[str] = "exact; NaN excluded, ±inf included"
    null_means: ClassVar[str] = "not a number, date or timestamp, or no non-null values"
    needs: ClassVar[tuple[type[State], ...]] = (ExtremesState,)
    greatest: ClassVar[bool]

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the extreme."""
        state = column.state(ExtremesState)
        value = None if state is None else state.maximum if self.greatest else state.minimum
        return NO_VALUES if value is None else float(value)


class ExtremeTextMetric(Metric):
    """The smallest or largest value as text, exact; a string of more than 256 characters is cut and ends in ``…``.

    Attributes:
        greatest: Whether it is the maximum.
    """

    unit: ClassVar[str] = "text; dates and timestamps ISO 8601, timestamps in UTC"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED | {ColumnKind.STRING}
    sql_type: ClassVar[str] = "string"
    source: ClassVar[str] = "exact; strings in the order of their UTF-8 bytes"
    null_means: ClassVar[str] = "not defined for the column's type, or no non-null values"
    needs: ClassVar[tuple[type[State], ...]] = (ExtremesState,)
    greatest: ClassVar[bool]

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the extreme."""
        state = column.state(ExtremesState)
        value = None if state is None else state.maximum if self.greatest else state.minimum
        if state is None or value is None:
            return NO_VALUES
        cut = state.maximum_cut if self.greatest else state.minimum_cut
        return value_text(value, column.kind) + "…" * cut
