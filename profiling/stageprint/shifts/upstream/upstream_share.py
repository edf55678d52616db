"""Largest change in a label's share beside its share upstream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.features.labels import MAX_RARE_SHARE, LabelShares
from stageprint.features.upstream import UpstreamPair
from stageprint.model import ColumnKind, Concern, NotComputable
from stageprint.shifts.base import ColumnRelation, Example, Outcome
from stageprint.shifts.base_wording import Number, Wording


class UpstreamShare(ColumnRelation):
    """Largest change in a label's share, beyond the change in its share in the upstream column.

    Formula: max over labels of |g_C − g_R|, g = h(share) − h(share upstream); g_R is the mean over the reference's
    runs.

    Labels under 1 % on both sides are left out. A label that grows upstream grows here too and leaves g unchanged.
    """

    name: ClassVar[str] = "upstream_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION, Concern.UPSTREAM})
    wording: ClassVar[Wording] = Number("a label's share changed by {} on the arcsine scale beside the upstream column")
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "difference of differences; shares of non-null values"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING, ColumnKind.BOOLEAN})
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.3
    default_scale: ClassVar[float] = 0.06
    example: ClassVar[Example] = Example(
        ["a", "a", "b", "b"], ["a", "a", "a", "b"], 0.5235987755982991, ColumnKind.STRING
    )

    def compare(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome | NotComputable:
        """Return the change; its dead zone is what the sketches of the run under test leave open."""
        now, above = _labels(current.child), _labels(current.parent)
        earlier = [(one, two) for run in past if (one := _labels(run.child)) and (two := _labels(run.parent))]
        if not now or not above or not earlier:
            return NotComputable("no labels in this run, or in none of the earlier ones")
        value, worst = 0.0, ""
        for label in {**now, **above}:
            if max(now.get(label, 0.0), above.get(label, 0.0)) <= MAX_RARE_SHARE:
                continue
            usual = float(np.mean([_gap(one, two, label) for one, two in earlier]))
            change = abs(_gap(now, above, label) - usual)
            value, worst = max((value, worst), (change, label))
        error = sum(_slack(shape.labels) for shape in (current.child, current.parent))
        detail = f"{worst!r}, {current.about}" if worst else current.about
        return Outcome(value, min(value, error), 2 / current.child.present, detail)


def _labels(shape: ColumnFeatures) -> Mapping[str, float]:
    if shape.labels is not None:
        return {label: float(shape.labels.estimate[at]) for label, at in shape.labels.index.items()}
    if shape.kind is ColumnKind.BOOLEAN and shape.true_share >= 0:
        return {"true": shape.true_share, "false": 1 - shape.true_share}
    return {}


def _gap(ours: Mapping[str, float], theirs: Mapping[str, float], label: str) -> float:
    return float(arcsine(ours.get(label, 0.0)) - arcsine(theirs.get(label, 0.0)))


def _slack(labels: LabelShares | None) -> float:
    return 0.0 if labels is None else float(arcsine(MAX_RARE_SHARE + labels.absent) - arcsine(MAX_RARE_SHARE))
