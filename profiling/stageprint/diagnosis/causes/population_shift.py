"""The population itself changed."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level, candidates
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.graph import table_node
from stageprint.diagnosis.repeats import is_frozen
from stageprint.diagnosis.volume import tables, volume_moved
from stageprint.model import TABLE_LEVEL, ColumnKey, Severity
from stageprint.model.figures import listing

MIN_MOVED_COLUMNS, MIN_MOVED_SHARE = 3, 0.2
"""Minimum number and share of a table's columns that must have moved."""

MIN_FIT_OF_SIGNATURE = 0.87
"""Minimum fit of a signature that speaks against a change of the population; a free factor does not reach it."""

MIN_PLAIN_SHARE = 0.7
"""Minimum share of the moved columns that must be without a signature."""


class PopulationShift(Cause):
    """The population itself changed.

    Several columns moved together, none of them the way a fault moves a column. New customers, another season or
    another market: the data are right, but differ from those that the model learned from.

    Signature: at a source, at least three columns and 20 % of all columns moved at once, at least 70 % of these without
    the signature of a fault; the schema is the same. It is a warning at most, because nothing has to be repaired at
    night, unless the number of rows or keys moved as well.

    Told apart from: a data fault: it hits one column or one block abruptly and leaves a signature; a pipeline fault: it
    begins downstream of the source.

    Check:
        - Ask what changed in the business: a market, a campaign, a product, a season.
        - Compare segments: the shift is often a new share of segments, each of them unchanged.
        - Look at the model's quality on the newest labelled rows before doing anything.

    Fix: The pipeline needs no repair. Accept the finding, watch the model's quality, and retrain on recent data if it
    falls.

    Evidence:
        moved_columns: number of columns that moved.
        table_columns: number of columns of the table.
        columns_without_signature: moved columns without the signature of a fault.

    Source: this project; known as covariate shift.

    Example:
        >>> from stageprint.diagnosis.example import two_tables
        >>> before = {name: [((7 * i + 11 * k) % 97) ** 1.5 for i in range(2000)] for k, name in enumerate("abcd")}
        >>> after = {name: [x if x < 300 else x**1.1 + 250 for x in values] for name, values in before.items()}
        >>> evidence, key = two_tables(before, after)
        >>> PopulationShift().explain(evidence, key).finding_class
        'population'
    """

    name: ClassVar[str] = "population_shift"
    family: ClassVar[Family] = "population"
    of_business: ClassVar[bool] = True
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Count the moved columns with and without a signature of their own."""
        if not evidence.graph.is_source(origin.stage):
            return None
        moved = [
            key
            for key in evidence.flagged
            if key.table_key == origin.table_key and key.column != TABLE_LEVEL and not is_frozen(evidence, key)
        ]
        total = len(evidence.graph.columns(origin.table_key))
        both = tables(evidence, origin.table_key)
        if len(moved) < max(MIN_MOVED_COLUMNS, MIN_MOVED_SHARE * total) or both is None:
            return None
        if {field.name for field in both[0].schema} != {field.name for field in both[1].schema}:
            return None
        plain = [key for key in moved if not _signed(evidence, key)]
        if len(plain) < MIN_PLAIN_SHARE * len(moved):
            return None
        names = [key.column for key in plain]
        sentence = (
            f"{len(moved)} of {total} columns of {origin} moved together since {evidence.first_run(moved[0])} "
            f"({listing(names)}), none of them in the way of a known fault: the population changed"
        )
        figures = {"moved_columns": len(moved), "table_columns": total, "columns_without_signature": len(plain)}
        score = 0.72 + 0.1 * (len(plain) / len(moved) - MIN_PLAIN_SHARE) / (1 - MIN_PLAIN_SHARE)
        return Fit(
            score,
            sentence,
            figures,
            finding_class="population",
            also=tuple(moved),
            brief="a change of the population",
            at_most=Severity.CRITICAL if volume_moved(evidence, table_node(origin.table_key)) else Severity.WARNING,
        )


def _signed(evidence: Evidence, key: ColumnKey) -> bool:
    best = candidates(evidence, key)[0]
    return best.cause.signature and best.fit.score >= MIN_FIT_OF_SIGNATURE
