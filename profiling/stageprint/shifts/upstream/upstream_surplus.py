"""A column that takes its rows from upstream has rows that are not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.upstream import UpstreamPair
from stageprint.model import ALL_KINDS, ColumnKind, Concern
from stageprint.shifts.base import Example, Outcome, RelationRule
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.nulls.never_null import MAX_ACCIDENTAL_ROWS


class UpstreamSurplus(RelationRule):
    """Share of the rows whose value (or null) is more frequent than in the upstream column of the same run.

    A copy or a filter holds no value more often than its source, whatever the season and whichever rows were taken.
    Where that was so in each of at least 3 earlier runs, the surplus was made on the way: nulls, a default, a cap,
    another unit. Single values are counted where both sides hold them exactly, else the interval with the largest
    surplus beyond sketch error.
    """

    name: ClassVar[str] = "upstream_surplus"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DUPLICATES, Concern.UPSTREAM})
    wording: ClassVar[Wording] = Part("{} of the rows hold a value more often than the upstream column")
    unit: ClassVar[str] = "share of the rows; 0 held"
    convention: ClassVar[str] = "rows in excess of the upstream column's counts; those of a longer table do not count"
    source: ClassVar[str] = "this project; multiset inclusion"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    min_effect: ClassVar[float] = 0.01
    critical_effect: ClassVar[float] = 0.05
    example: ClassVar[Example] = Example([1, 2, 3, 4] * 25, [1, 1, 1, 2] * 20, 0.4375, ColumnKind.INTEGER)

    def breach(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome:
        """Return the part of the rows that came from nowhere."""
        del past
        part = current.surplus
        broken = part.share * current.child.rows > MAX_ACCIDENTAL_ROWS
        labels = f"{', '.join(part.labels)} more often than upstream, " if part.labels else ""
        return Outcome(part.share if broken else 0.0, detail=f"{labels}{current.about}")
