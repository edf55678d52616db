"""The most frequent patterns of the texts."""

from __future__ import annotations

from typing import ClassVar

from profiling.metrics._count import NO_VALUES, counts_of
from profiling.metrics._text_shape import NO_TEXTS, SAMPLED, STRINGS
from profiling.metrics.base import Metric, Value
from profiling.model import ColumnKind, ColumnProfile, NotComputable
from profiling.states.base import State
from profiling.states.counts import CountsState
from profiling.states.text_shapes import TextShapesState


class TopPatterns(Metric):
    """The most frequent patterns, such as ``AA-9999``, by falling count, at most ``settings.top_items`` of them.

    Letters are written ``A`` or ``a``, digits ``9``, all else as it is; runs beyond 8 and patterns beyond 64 characters
    are cut and end in ``…``. `count` is the pattern's share of the sampled rows, of all rows; the true count is never
    less than `lower`, its sampled rows, nor more than `upper`, all rows but those sampled of other patterns. All three
    are equal where every text is sampled.
    """

    name: ClassVar[str] = "top_patterns"
    unit: ClassVar[str] = "rows"
    kinds: ClassVar[frozenset[ColumnKind]] = STRINGS
    sql_type: ClassVar[str] = "array<struct<item:string,count:bigint,lower:bigint,upper:bigint>>"
    source: ClassVar[str] = SAMPLED
    null_means: ClassVar[str] = NO_TEXTS
    needs: ClassVar[tuple[type[State], ...]] = (TextShapesState, CountsState)
    exact: ClassVar[bool] = False

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the patterns."""
        shapes = column.state(TextShapesState)
        if shapes is None or not shapes.rows:
            return NO_VALUES
        unseen = counts_of(column).values - shapes.rows
        scale = (shapes.rows + unseen) / shapes.rows
        return [
            {"item": pattern, "count": round(rows * scale), "lower": rows, "upper": rows + unseen}
            for pattern, rows in shapes.patterns()[: self.settings.top_items]
        ]
