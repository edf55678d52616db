"""A fixed set of labels got a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.features.labels import AlignedLabels, LabelShares
from stageprint.model import ColumnKind, Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Share, Wording
from stageprint.shifts.nulls.never_null import MAX_ACCIDENTAL_ROWS


class FixedLabels(ColumnRule):
    """Share of rows with a label outside the set of labels that at least 3 earlier runs all had.

    Formula: h(p) of that share.

    It is computable only where all sketches hold every label exactly. A set counts as known if every label came up more
    than three times in every run.
    """

    name: ClassVar[str] = "fixed_labels"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.LABELS, Concern.FOREIGN_VALUES})
    wording: ClassVar[Wording] = Share("{} of the values carry a label that no earlier run had")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "share of non-null values; a label that is missing does not break the rule"
    source: ClassVar[str] = "this project; Good 1953 for the labels not seen yet"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example(
        ["a", "b"] * 20, ["a", "b"] * 15 + ["x"] * 10, 1.0471975511965976, ColumnKind.STRING
    )

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return the share of rows with a new label."""
        found = with_labels(current, past)
        if isinstance(found, NotComputable):
            return found
        now, known = found
        if not now.exact or not all(labels.exact for labels in known):
            return NotComputable("too many labels to hold them all exactly")
        if not _fixed(known) or min(_least(run) for run in past if run.present > 0) <= MAX_ACCIDENTAL_ROWS:
            return NotComputable("the labels were no fixed set in the earlier runs")
        pair = AlignedLabels.of(now, known[-1])
        share = pair.unseen[0]
        broken = share * current.present > MAX_ACCIDENTAL_ROWS
        detail = ", ".join(repr(label) for label in pair.unseen_labels) or None
        return Outcome(float(arcsine(share)) if broken else 0.0, detail=detail)


def with_labels(
    current: ColumnFeatures, past: Sequence[ColumnFeatures]
) -> tuple[LabelShares, list[LabelShares]] | NotComputable:
    """Return the labels of this run and of at least 3 earlier ones, or why they are not known."""
    known = [run.labels for run in past if run.labels is not None and run.labels.index]
    if len(known) < MIN_INVARIANT_RUNS:
        return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs with labels, has {len(known)}")
    if current.labels is None or not current.labels.index:
        return NotComputable("no values in this run")
    return current.labels, known


def _fixed(runs: Sequence[LabelShares]) -> bool:
    return all(run.index.keys() == runs[0].index.keys() for run in runs)


def _least(run: ColumnFeatures) -> float:
    return float(run.labels.estimate.min() * run.present) if run.labels is not None else 0.0
