"""The most frequent patterns of the texts."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import NO_VALUES
from stageprint.metrics._text_shape import NO_TEXTS, SAMPLED, STRINGS, seen_shapes
from stageprint.metrics.base import Metric, Value
from stageprint.model import ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.counts import CountsState
from stageprint.states.text_shapes import TextShapesState


class TopPatternsMetric(Metric):
    """The most frequent patterns, such as ``AA-9999``, by descending count; at most ``sketches.top_items`` patterns.

    Letters become ``A`` or ``a`` and digits ``9``; other characters stay. More than 8 equal characters in a row, and
    patterns of more than 64 characters, are cut and end in ``…``. `count` is an estimate; the true count is between
    `lower` and `upper`. All three are equal where every text is sampled.
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
        seen = seen_shapes(column)
        if seen is None:
            return NO_VALUES
        totals: dict[str, tuple[float, int]] = {}
        for shape, rows, sure in seen.weighted():
            estimate, lower = totals.get(shape.pattern, (0.0, 0))
            totals[shape.pattern] = (estimate + rows, lower + sure)
        unseen = seen.rows - sum(lower for _, lower in totals.values())
        ordered = sorted(totals.items(), key=lambda pair: (-pair[1][0], pair[0]))
        return [
            {
                "item": pattern,
                "count": min(max(round(estimate), lower), lower + unseen),
                "lower": lower,
                "upper": lower + unseen,
            }
            for pattern, (estimate, lower) in ordered[: self.settings.top_items]
        ]
