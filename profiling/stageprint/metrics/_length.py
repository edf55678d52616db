"""Base of the metrics of lengths."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from stageprint.metrics._count import NO_VALUES
from stageprint.metrics.base import Metric, Value
from stageprint.model import SIZED, ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.lengths import LengthsState


class LengthMetric(Metric):
    """A figure of the lengths of the non-null values."""

    unit: ClassVar[str] = "characters, bytes, elements or entries"
    kinds: ClassVar[frozenset[ColumnKind]] = SIZED
    sql_type: ClassVar[str] = "bigint"
    source: ClassVar[str] = "exact; a character is a code point, as in Spark's char_length"
    null_means: ClassVar[str] = "values of this type have no length, or no non-null values"
    needs: ClassVar[tuple[type[State], ...]] = (LengthsState,)

    @abstractmethod
    def of(self, lengths: LengthsState) -> float | None:
        """Return the figure; the state holds at least one length."""

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the figure."""
        lengths = column.state(LengthsState)
        value = self.of(lengths) if lengths is not None and lengths.n else None
        return NO_VALUES if value is None else value
