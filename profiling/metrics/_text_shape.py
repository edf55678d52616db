"""What the metrics of the formats of texts share."""

from __future__ import annotations

from typing import ClassVar

from profiling.metrics._count import NO_VALUES
from profiling.metrics.base import Metric, Value
from profiling.model import ColumnKind, ColumnProfile, NotComputable
from profiling.states._text_forms import Form
from profiling.states.base import State
from profiling.states.text_shapes import TextShapesState

STRINGS = frozenset({ColumnKind.STRING})
SAMPLED = (
    "exact up to as many distinct texts as are sampled (sketches.shape_values); else a bottom-k sample of the distinct "
    "texts, Cohen & Kaplan 2007, each with all its rows"
)
NO_TEXTS = "not a string column, or no non-null values"


class FormShareMetric(Metric):
    """Rows of the sampled texts that parse as a format ÷ rows of the sampled texts.

    Attributes:
        form: The format.
    """

    unit: ClassVar[str] = "share 0–1"
    kinds: ClassVar[frozenset[ColumnKind]] = STRINGS
    sql_type: ClassVar[str] = "double"
    source: ClassVar[str] = SAMPLED
    null_means: ClassVar[str] = NO_TEXTS
    needs: ClassVar[tuple[type[State], ...]] = (TextShapesState,)
    exact: ClassVar[bool] = False
    form: ClassVar[Form]

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the share."""
        shapes = column.state(TextShapesState)
        return shapes.rows_of(self.form) / shapes.rows if shapes is not None and shapes.rows else NO_VALUES
