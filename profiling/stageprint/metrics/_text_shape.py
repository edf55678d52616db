"""Bases of the metrics of text formats and patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from stageprint.batch.text_formats import TextFormat
from stageprint.metrics._count import NO_VALUES
from stageprint.metrics.base import Metric, Value
from stageprint.model import ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.counts import CountsState
from stageprint.states.text_shapes import TextShapesState

if TYPE_CHECKING:
    from stageprint.fingerprint.text_shapes import TextShapeSample

STRINGS: Final = frozenset({ColumnKind.STRING})
SAMPLED: Final = (
    "exact for up to ``sketches.shape_values`` distinct texts; else from the frequent items and a bottom-k sample of "
    "the other texts, Cohen & Kaplan 2007"
)
NO_TEXTS: Final = "not a string column, or no non-null values"


def seen_shapes(column: ColumnProfile) -> TextShapeSample | None:
    """Return the shapes of a column's texts; None: it has no texts, or their states are missing."""
    # Commands that read results ask for the names of metrics, and compute none.
    from stageprint.fingerprint.text_shapes import shapes_of  # noqa: PLC0415 -- see above

    return shapes_of(column)


class FormShareMetric(Metric):
    """Rows whose text has a format ÷ rows with a text.

    Attributes:
        format: The format.
    """

    unit: ClassVar[str] = "share 0–1"
    kinds: ClassVar[frozenset[ColumnKind]] = STRINGS
    sql_type: ClassVar[str] = "double"
    source: ClassVar[str] = SAMPLED
    null_means: ClassVar[str] = NO_TEXTS
    needs: ClassVar[tuple[type[State], ...]] = (TextShapesState, CountsState)
    exact: ClassVar[bool] = False
    format: ClassVar[TextFormat]

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the share."""
        shapes = seen_shapes(column)
        if shapes is None:
            return NO_VALUES
        found = sum(rows for shape, rows, _ in shapes.weighted() if self.format in shape.formats)
        return min(found / shapes.rows, 1.0)
