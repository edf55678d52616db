"""Distinct texts in the sample that formats and patterns are read from."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import NO_VALUES
from stageprint.metrics._text_shape import NO_TEXTS, STRINGS
from stageprint.metrics.base import Metric, Value
from stageprint.model import ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.text_shapes import TextShapesState


class ShapeSampleValuesMetric(Metric):
    """Distinct texts in the sample: all texts of the column if there are at most ``sketches.shape_values``."""

    name: ClassVar[str] = "shape_sample_values"
    unit: ClassVar[str] = "distinct values"
    kinds: ClassVar[frozenset[ColumnKind]] = STRINGS
    sql_type: ClassVar[str] = "bigint"
    source: ClassVar[str] = "exact; size of the bottom-k sample"
    null_means: ClassVar[str] = NO_TEXTS
    needs: ClassVar[tuple[type[State], ...]] = (TextShapesState,)

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the size."""
        shapes = column.state(TextShapesState)
        return shapes.distinct if shapes is not None and shapes.distinct else NO_VALUES
