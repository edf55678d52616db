"""A fixed set of labels got a new one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.features.labels import LabelShares
from stageprint.model import ColumnKind, Concern, NotComputable
from stageprint.shifts._succession import MAX_ACCIDENTAL_ROWS, MAX_CHANCE_OF_RUN, chance_of_run, is_broken
from stageprint.shifts.base import MIN_INVARIANT_RUNS, ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Share, Wording


class FixedLabels(ColumnRule):
    """Share of rows with a label outside the set of labels that the earlier runs had.

    Formula: h(p) of that share.

    It is computable only where all sketches hold every label exactly. How many runs and rows without a new label make a
    fixed set, and how many rows break it, follows from the counts (rule of succession). A label that only one of the
    runs had says that the set is open. In three runs or more, each with more than three rows of every label, a few rows
    are enough.
    """

    name: ClassVar[str] = "fixed_labels"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.LABELS, Concern.FOREIGN_VALUES})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Share("{} of the values carry a label that no earlier run had")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "share of non-null values; a label that is missing does not break the rule"
    source: ClassVar[str] = "Laplace's rule of succession with Jeffreys' prior; Good 1953 for the labels not seen yet"
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
        rows = [run.present for run in past if run.labels is not None and run.labels.index]
        seen = Counter(label for labels in known for label in labels.index)
        closed = _runs_since_a_new_label(known)
        if 1 in seen.values() or chance_of_run(closed) > MAX_CHANCE_OF_RUN:
            return NotComputable("the labels were no fixed set in the earlier runs")
        new = {label: float(now.estimate[place]) for label, place in now.index.items() if label not in seen}
        share = min(1.0, sum(new.values()))
        count = share * current.present
        broken = count > MAX_ACCIDENTAL_ROWS and _all_frequent(known, rows)
        broken |= is_broken(closed, sum(rows[len(rows) - closed :]), count, current.present)
        detail = ", ".join(repr(label) for label in sorted(new, key=lambda label: -new[label])[:5]) or None
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


def _runs_since_a_new_label(runs: Sequence[LabelShares]) -> int:
    """Return the number of the latest runs that had no label which the runs before them had not."""
    seen: set[str] = set()
    since = 0
    for run in runs:
        since = since + 1 if seen >= run.index.keys() else 0
        seen |= run.index.keys()
    return since + 1 if since == len(runs) - 1 else since


def _all_frequent(runs: Sequence[LabelShares], rows: Sequence[float]) -> bool:
    """Return whether every run has the same labels, each in more than a few rows."""
    return all(
        run.index.keys() == runs[0].index.keys() and float(run.estimate.min() * count) > MAX_ACCIDENTAL_ROWS
        for run, count in zip(runs, rows, strict=True)
    )
