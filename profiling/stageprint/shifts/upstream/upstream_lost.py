"""A column lacks labels that the column it comes from has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.labels import LabelShares
from stageprint.features.upstream import UpstreamPair
from stageprint.model import ColumnKind, Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, Example, Outcome, RelationRule
from stageprint.shifts.base_wording import Part, Wording

MIN_EXPECTED_ROWS = 20
"""Rows of a label that are to be expected, so that its absence is not an accident."""


class UpstreamLost(RelationRule):
    """Usual share of the labels that no longer have a row, although the upstream column still has them.

    Only labels count that came up at least 20 times in each of at least 3 earlier runs and are not much rarer upstream
    than ever: a label that is out of season is rare there too.
    """

    name: ClassVar[str] = "upstream_lost"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.LABELS, Concern.UPSTREAM})
    wording: ClassVar[Wording] = Part("labels that usually have {} of the values are gone, though still upstream")
    unit: ClassVar[str] = "share of the values; 0 held"
    convention: ClassVar[str] = "least share in the earlier runs of labels that have no row now"
    source: ClassVar[str] = "this project"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    min_effect: ClassVar[float] = 0.005
    critical_effect: ClassVar[float] = 0.05
    example: ClassVar[Example] = Example(["a", "b", "c", "c"] * 40, ["a", "c", "c", "c"] * 40, 0.25, ColumnKind.STRING)

    def compare(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome | NotComputable:
        """Return the share, where there are enough earlier runs."""
        if len(past) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs with the upstream column, has {len(past)}")
        return self.breach(current, past)

    def breach(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome:
        """Return the usual share of the labels that are lost now."""
        ours, theirs = current.child.labels, current.parent.labels
        before = [(run.child.labels, run.child.present, run.parent.labels) for run in past]
        if ours is None or theirs is None or not ours.exact:
            return Outcome(0.0, detail=current.about)
        lost: dict[str, float] = {}
        for label, at in theirs.index.items():
            if label in ours.index:
                continue
            shares = [_lower(own, label) for own, _, _ in before]
            above = [_lower(other, label) for _, _, other in before]
            rows = min((share * size for share, (_, size, _) in zip(shares, before, strict=True)), default=0.0)
            if (
                min(rows, min(shares, default=0.0) * current.child.present) >= MIN_EXPECTED_ROWS
                and theirs.lower[at] >= min(above) / 2
            ):
                lost[label] = min(shares)
        names = ", ".join(repr(label) for label in sorted(lost, key=lambda label: -lost[label])[:5])
        return Outcome(sum(lost.values()), detail=f"{names} lost, {current.about}" if lost else current.about)


def _lower(labels: LabelShares | None, label: str) -> float:
    return float(labels.lower[labels.index[label]]) if labels is not None and label in labels.index else 0.0
