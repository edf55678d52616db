"""Largest change in mass at one single value beside the upstream column's mass there."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import ClassVar

import numpy as np

from stageprint.features.upstream import UpstreamPair
from stageprint.model import ORDERED, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import ColumnRelation, Example, Outcome
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.distributions._atom import MIN_MASS_SHARE, show


class UpstreamAtom(ColumnRelation):
    """Largest change in the share of one value, beyond the change in its share in the upstream column.

    Formula: max over x of |g_C(x) − g_R(x)|, g(x) = mass(x) − mass upstream(x); g_R is the mean over the reference's
    runs.

    What becomes frequent upstream becomes frequent here; a default or a cap that a job puts in does not come from
    there.
    """

    name: ClassVar[str] = "upstream_atom"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION, Concern.UPSTREAM})
    wording: ClassVar[Wording] = Part("the share of a single value changed by {} beside the upstream column")
    unit: ClassVar[str] = "share 0–1"
    convention: ClassVar[str] = "difference of differences of masses at single values, over the values of this run"
    source: ClassVar[str] = "this project; the masses as in `atom`"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    negligible_effect: ClassVar[float] = 0.005
    min_effect: ClassVar[float] = 0.02
    critical_effect: ClassVar[float] = 0.10
    min_scale: ClassVar[float] = 0.005
    default_scale: ClassVar[float] = 0.02
    example: ClassVar[Example] = Example([1, 2, 3, 4], [1, 2, 2, 2], 0.5, ColumnKind.INTEGER)

    def compare(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome | NotComputable:
        """Return the change, with the variance that `atom` has."""
        atoms = current.atoms
        earlier = [run for run in past if run.pairs.cdfs[0] is not None]
        if atoms is None or not earlier:
            return NotComputable("no values in this run, or in none of the earlier ones")
        then = np.zeros(len(atoms.points))
        for run in earlier:
            cdfs = run.pairs.cdfs[0]
            if cdfs is not None:
                then += cdfs[0].mass_at(atoms.points) - cdfs[1].mass_at(atoms.points)
        change = np.abs(atoms.now - atoms.then - then / len(earlier))
        at = int(np.argmax(change))
        error = atoms.error * sqrt(1 + 1 / len(earlier))
        heaviest = float(np.clip(max(atoms.now[at], atoms.then[at]), MIN_MASS_SHARE, 0.5))
        variance = (error / 4) ** 2 + heaviest * (1 - heaviest) / current.child.present
        where = f"at {show(current.child.kind, float(atoms.points[at]))}, " if change[at] > error else ""
        return Outcome(float(change[at]), error, variance, f"{where}{current.about}")
