"""A column has values that the column it comes from does not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.upstream import UpstreamPair
from stageprint.model import ORDERED, ColumnKind, Concern
from stageprint.shifts._succession import MAX_ACCIDENTAL_ROWS
from stageprint.shifts.base import Example, Outcome, RelationRule
from stageprint.shifts.base_wording import Part, Wording


class UpstreamForeign(RelationRule):
    """Share of the values that the upstream column of the same run does not have at all.

    A copy, a filter, a join or a look-up makes no new values. Where none was new in at least 3 earlier runs, a value
    that is not upstream was made on the way: another label, a placeholder for null, another unit. With sketches only
    values count that lie beyond the upstream column's ends, or are too frequent for its sketch to have missed.
    """

    name: ClassVar[str] = "upstream_foreign"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FOREIGN_VALUES, Concern.UPSTREAM})
    wording: ClassVar[Wording] = Part("{} of the values do not occur in the upstream column")
    unit: ClassVar[str] = "share of the values; 0 held"
    convention: ClassVar[str] = "non-null values that are not among the upstream column's"
    source: ClassVar[str] = "this project; inclusion dependencies after Casanova, Fagin & Papadimitriou 1984"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED | {ColumnKind.STRING}
    min_effect: ClassVar[float] = 0.005
    critical_effect: ClassVar[float] = 0.05
    example: ClassVar[Example] = Example(["a", "b"] * 20, ["a", "x", "b", "b"] * 10, 0.25, ColumnKind.STRING)

    def breach(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome:
        """Return the part of the values that is not upstream."""
        del past
        part = current.foreign
        broken = part.share * current.child.present > MAX_ACCIDENTAL_ROWS
        labels = f"{', '.join(part.labels)} not upstream, " if broken else ""
        return Outcome(part.share if broken else 0.0, detail=f"{labels}{current.about}")
