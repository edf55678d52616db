"""What the metrics of the formats of texts share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import pyarrow as pa

from stageprint.batch.text_formats import TextFormat, TextShape, text_shape
from stageprint.batch.texts import Texts
from stageprint.metrics._count import NO_VALUES, counts_of
from stageprint.metrics.base import Metric, Value
from stageprint.model import ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.counts import CountsState
from stageprint.states.frequent_items import MAX_CHARACTERS, FrequentItemsState
from stageprint.states.text_shapes import TextShapesState

STRINGS: Final = frozenset({ColumnKind.STRING})
SAMPLED: Final = (
    "exact up to as many distinct texts as are sampled (sketches.shape_values); else the frequent items, and for all "
    "other texts a bottom-k sample, Cohen & Kaplan 2007"
)
NO_TEXTS: Final = "not a string column, or no non-null values"


@dataclass(frozen=True, slots=True)
class Shapes:
    """What the texts of a column look like, in two strata: the frequent ones, and a sample of the others.

    A sample of distinct texts says little about rows where one text is most of them and not in the sample. So those
    that are sure to be frequent count for themselves.

    Attributes:
        frequent: What each frequent text looks like, with its estimated rows and those it is sure to have.
        sampled: What each other sampled text looks like, with its exact rows.
        rows: Rows with a text.
    """

    frequent: list[tuple[TextShape, float, int]]
    sampled: list[tuple[TextShape, int]]
    rows: int

    def weighted(self) -> list[tuple[TextShape, float, int]]:
        """Return what each text looks like, the rows it stands for, `rows` in all, and those it is sure to have."""
        counted = sum(rows for _, rows, _ in self.frequent)
        sampled = sum(rows for _, rows in self.sampled)
        # The rows of no frequent text are spread over the sample of the others.
        scale = max(self.rows - counted, sampled) / sampled if sampled else 1.0
        found = [*self.frequent, *((shape, rows * scale, rows) for shape, rows in self.sampled)]
        # Counts that are estimates need not add up.
        factor = self.rows / (counted + scale * sampled)
        return [(shape, rows * factor, sure) for shape, rows, sure in found]


def shapes_of(column: ColumnProfile) -> Shapes | None:
    """Return what the texts of a column look like; None without any."""
    sample, frequent = column.state(TextShapesState), column.state(FrequentItemsState)
    if sample is None or not sample.rows:
        return None
    # Seven metrics ask one after the other. A state that took in rows since has more of them.
    rows = counts_of(column).values
    latest = _LATEST[0]
    if latest is None or latest[:3] != (sample, frequent, rows):
        _LATEST[0] = latest = (sample, frequent, rows, _strata(sample, frequent, rows))
    return latest[3]


def _strata(sample: TextShapesState, frequent: FrequentItemsState | None, rows: int) -> Shapes:
    items, counted = sample.items(), []
    if frequent is not None and not sample.complete:
        # A long text has been shortened among the frequent ones, and would look like another.
        sure = [
            item for item in frequent.items() if item.lower > frequent.max_error and len(item.item) < MAX_CHARACTERS
        ]
        hashes = Texts(pa.array([item.item for item in sure], pa.large_string()), None).entry_hashes
        for item, value in zip(sure, hashes.tolist(), strict=True):
            # One that is sampled too has an exact count.
            known = items.pop(value, None)
            middle, lower = ((item.lower + item.upper) / 2, item.lower) if known is None else (known[1], known[1])
            counted.append((text_shape(item.item), middle, lower))
    return Shapes(counted, list(items.values()), rows)


# No profile is held here: its sketches would outlive the library they are of when Python ends.
_LATEST: Final[list[tuple[TextShapesState, FrequentItemsState | None, int, Shapes] | None]] = [None]


class FormShareMetric(Metric):
    """Rows of the texts that parse as a format ÷ rows with a text.

    Attributes:
        form: The format.
    """

    unit: ClassVar[str] = "share 0–1"
    kinds: ClassVar[frozenset[ColumnKind]] = STRINGS
    sql_type: ClassVar[str] = "double"
    source: ClassVar[str] = SAMPLED
    null_means: ClassVar[str] = NO_TEXTS
    needs: ClassVar[tuple[type[State], ...]] = (TextShapesState, CountsState)
    exact: ClassVar[bool] = False
    form: ClassVar[TextFormat]

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the share."""
        shapes = shapes_of(column)
        if shapes is None:
            return NO_VALUES
        found = sum(rows for shape, rows, _ in shapes.weighted() if self.form in shape.formats)
        return min(found / shapes.rows, 1.0)
