"""The thresholds of each unit: those of its statistic, unless the configuration overrides them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stageprint.config.decision import DecisionSettings, Override
from stageprint.decision._layout import Layout
from stageprint.model import Severity

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Limits:
    """Thresholds and budgets, one entry a unit.

    Attributes:
        min_effect: Smallest residual that is reported.
        critical_effect: Residual from which an alert is critical.
        budget: False alerts to expect of a run of 100,000 healthy columns, where the configuration states that number;
            NaN: the run's level counts.
        max_rank: Rank of the highest severity that is allowed.
        ignored: Units that the configuration excludes from the decision.
        note: What the configuration says of the unit, in words; null: nothing.
    """

    min_effect: Floats
    critical_effect: Floats
    budget: Floats
    max_rank: NDArray[np.int64]
    ignored: Flags
    note: pa.Array

    @classmethod
    def of(cls, layout: Layout, min_effect: Floats, critical_effect: Floats, settings: DecisionSettings) -> Limits:
        """Return the thresholds of the statistics, with the overrides applied in order.

        Args:
            layout: The units.
            min_effect: That of each unit's statistic.
            critical_effect: That of each unit's statistic.
            settings: Budget and overrides.
        """
        size = len(layout.starts)
        limits = cls(
            min_effect.copy(),
            critical_effect.copy(),
            np.full(size, settings.false_findings_per_run or np.nan),
            np.full(size, Severity.CRITICAL.rank, dtype=np.int64),
            np.zeros(size, dtype=bool),
            pa.nulls(size, pa.string()),
        )
        notes = np.full(size, -1, dtype=np.int64)
        for number, override in enumerate(settings.overrides):
            limits._apply(override, _named(layout, override), notes, number)
        if not (notes >= 0).any():
            return limits
        words = [f"decision.overrides[{number}]: {one.summary}" for number, one in enumerate(settings.overrides)]
        note = pa.array(words, pa.string()).take(pa.array(notes, mask=notes < 0))
        return cls(limits.min_effect, limits.critical_effect, limits.budget, limits.max_rank, limits.ignored, note)

    def _apply(self, override: Override, named: Flags, notes: NDArray[np.int64], number: int) -> None:
        notes[named] = number
        if override.ignore is not None:
            self.ignored[named] = override.ignore
        if override.floor is not None:
            self.min_effect[named] = override.floor
            # A floor above the usual critical threshold raises that too.
            self.critical_effect[named] = np.maximum(self.critical_effect[named], override.floor)
        if override.critical is not None:
            self.critical_effect[named] = override.critical
        if override.severity_at_most is not None:
            self.max_rank[named] = Severity(override.severity_at_most).rank
        if override.false_findings_per_run is not None:
            self.budget[named] = override.false_findings_per_run


def _named(layout: Layout, override: Override) -> Flags:
    """Return the units that an override applies to."""
    named = np.ones(len(layout.starts), dtype=bool)
    if override.table is not None:
        # No name holds a dot: `stage.table` is a stage and a table, anything else a table alone.
        *stage, table = override.table.split(".", 1)
        named &= layout.names["table_name"].among(layout.table[layout.starts], [table])
        if stage:
            named &= layout.names["stage"].among(layout.stage[layout.starts], stage)
    if override.column is not None:
        named &= layout.names["column_name"].among(layout.column[layout.starts], [override.column])
    if override.statistic is not None:
        named &= layout.names["statistic"].among(layout.statistic[layout.starts], [override.statistic])
    return named
