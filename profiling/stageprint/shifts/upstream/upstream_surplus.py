"""A column that takes its rows from upstream has rows that are not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from stageprint.features.upstream import UpstreamPair
from stageprint.model import ALL_KINDS, ColumnKind, Concern, NotComputable
from stageprint.shifts._succession import MAX_ACCIDENTAL_ROWS
from stageprint.shifts.base import Example, Outcome, RelationRule
from stageprint.shifts.base_wording import Part, Wording

MAX_LONGER_PART: Final = 0.1
"""Largest part of the earlier runs that may have more rows than upstream: rows once came twice, by an incident."""


class UpstreamSurplus(RelationRule):
    """Share of the rows whose value (or null) is more frequent than in the upstream column of the same run.

    A copy or a filter holds no value more often than its source, whatever the season and whichever rows were taken.
    Where that was so in each of at least 3 earlier runs, the surplus was made on the way: nulls, a default, a cap,
    another unit. Runs with more rows than upstream do not count; where more than one in ten is such, as those of
    orders that take an attribute of their customers, the rows are no selection, and there is no such rule.

    Single values are counted where both sides hold them exactly, else the interval with the largest surplus beyond
    sketch error.
    """

    name: ClassVar[str] = "upstream_surplus"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DUPLICATES, Concern.UPSTREAM})
    wording: ClassVar[Wording] = Part("{} of the rows are a surplus of values that occur less often upstream")
    unit: ClassVar[str] = "share of the rows; 0 held"
    convention: ClassVar[str] = "rows in excess of the upstream column's counts; those of a longer table do not count"
    source: ClassVar[str] = "this project; multiset inclusion"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    min_effect: ClassVar[float] = 0.01
    critical_effect: ClassVar[float] = 0.05
    example: ClassVar[Example] = Example([1, 2, 3, 4] * 25, [1, 1, 1, 2] * 20, 0.4375, ColumnKind.INTEGER)

    def compare(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome | NotComputable:
        """Return the part of the rows that came from nowhere, where enough earlier runs could have shown one."""
        # On top of rows that are more anyway, a surplus is not seen: such a run says nothing of a shorter one.
        shown = [run for run in past if run.child.rows <= run.parent.rows * (1 + self.min_effect)]
        if len(past) - len(shown) > MAX_LONGER_PART * len(past):
            return NotComputable(f"{len(past) - len(shown)} of {len(past)} earlier runs have more rows than upstream")
        return super().compare(current, shown)

    def breach(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome:
        """Return the part of the rows that came from nowhere."""
        del past
        part = current.surplus
        broken = part.share * current.child.rows > MAX_ACCIDENTAL_ROWS
        labels = f"{', '.join(part.labels)}, " if part.labels else ""
        return Outcome(part.share if broken else 0.0, detail=f"{labels}{current.about}")
