"""The shapes of a column's texts, from its frequent texts and a sample of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from stageprint.batch.text_formats import TextShape, text_shape
from stageprint.batch.texts import Texts
from stageprint.model import ColumnProfile
from stageprint.states.counts import CountsState
from stageprint.states.frequent_items import MAX_CHARACTERS, FrequentItemsState
from stageprint.states.text_shapes import TextShapesState


@dataclass(frozen=True, slots=True)
class TextShapeSample:
    """The shapes of a column's texts in two strata: the frequent texts, and a sample of the others.

    A sample of distinct texts says little about the rows if one text makes up most rows and is not sampled. So the
    texts that are known to be frequent are counted separately.

    Attributes:
        frequent: Shape of each frequent text, its estimated rows and the lower bound of its rows.
        sampled: Shape of each other sampled text, and its exact rows.
        rows: Rows with a text.
    """

    frequent: list[tuple[TextShape, float, int]]
    sampled: list[tuple[TextShape, int]]
    rows: int

    def weighted(self) -> list[tuple[TextShape, float, int]]:
        """Return the shape of each text, the rows it represents (`rows` in total), and a lower bound of its rows."""
        counted = sum(rows for _, rows, _ in self.frequent)
        sampled = sum(rows for _, rows in self.sampled)
        # Rows without a frequent text are represented by the sample of the other texts.
        scale = max(self.rows - counted, sampled) / sampled if sampled else 1.0
        found = [*self.frequent, *((shape, rows * scale, rows) for shape, rows in self.sampled)]
        # Estimated counts need not add up to the number of rows.
        factor = self.rows / (counted + scale * sampled)
        return [(shape, rows * factor, sure) for shape, rows, sure in found]


def shapes_of(column: ColumnProfile) -> TextShapeSample | None:
    """Return the shapes of a column's texts; None without texts."""
    sample, frequent = column.state(TextShapesState), column.state(FrequentItemsState)
    if sample is None or not sample.rows:
        return None
    # Seven metrics ask one after the other. The number of rows tells whether a state was updated since.
    counts = column.state(CountsState)
    rows = 0 if counts is None else counts.values
    latest = _LATEST[0]
    if latest is None or latest[:3] != (sample, frequent, rows):
        _LATEST[0] = latest = (sample, frequent, rows, _strata(sample, frequent, rows))
    return latest[3]


def _strata(sample: TextShapesState, frequent: FrequentItemsState | None, rows: int) -> TextShapeSample:
    items, counted = sample.items(), []
    if frequent is not None and not sample.complete:
        # A long text is shortened among the frequent items, which changes its shape.
        sure = [
            item for item in frequent.items() if item.lower > frequent.max_error and len(item.item) < MAX_CHARACTERS
        ]
        hashes = Texts(pa.array([item.item for item in sure], pa.large_string()), None).entry_hashes
        for item, value in zip(sure, hashes.tolist(), strict=True):
            # If the text is also sampled, its exact count is known.
            known = items.pop(value, None)
            middle, lower = ((item.lower + item.upper) / 2, item.lower) if known is None else (known[1], known[1])
            counted.append((text_shape(item.item), middle, lower))
    return TextShapeSample(counted, list(items.values()), rows)


# Holds no profile: its sketches must not outlive the sketch library when Python exits.
_LATEST: Final[list[tuple[TextShapesState, FrequentItemsState | None, int, TextShapeSample] | None]] = [None]
