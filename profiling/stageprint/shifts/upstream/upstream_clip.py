"""Values piled up at a bound that lies inside the range of the upstream column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.upstream import UpstreamPair
from stageprint.model import ORDERED, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import ColumnRelation, Example, Outcome
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.distributions._atom import MIN_MASS_SHARE
from stageprint.shifts.distributions.clip import Clip


class UpstreamClip(ColumnRelation):
    """`clip` of the column against the upstream column of the same run, less its usual value.

    A season that narrows the range narrows both columns: unlike `clip` it needs no earlier run whose range was as wide.
    """

    name: ClassVar[str] = "upstream_clip"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION, Concern.UPSTREAM})
    wording: ClassVar[Wording] = Part(
        "{} of the values moved from beyond the end of the upstream column's range onto it"
    )
    unit: ClassVar[str] = "share 0–1"
    convention: ClassVar[str] = "share of the values that moved from beyond the current maximum (minimum) onto it"
    source: ClassVar[str] = "this project; censored data after Tobin 1958"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    needs_no_history: ClassVar[bool] = True
    max_df: ClassVar[float] = 60.0
    prior_weight: ClassVar[float] = 60.0
    min_scale: ClassVar[float] = 0.003
    default_scale: ClassVar[float] = 0.004
    negligible_effect: ClassVar[float] = 0.005
    min_effect: ClassVar[float] = 0.02
    critical_effect: ClassVar[float] = 0.10
    example: ClassVar[Example] = Example([1, 2, 3, 4, 5], [1, 2, 3, 3, 3], 0.26666666666666666, ColumnKind.INTEGER)

    def compare(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome | NotComputable:
        """Return the share, the largest of the earlier runs taken off."""
        now, usual = _clipped(current), [clipped for run in past if (clipped := _clipped(run)) is not None]
        if now is None or not usual:
            return NotComputable("no values in this run, or in none of the earlier ones")
        share, error = now
        variance = (error / 4) ** 2 + MIN_MASS_SHARE * (1 - MIN_MASS_SHARE) / current.child.present
        return Outcome(max(0.0, share - max(before for before, _ in usual)), error, variance, current.about)


def _clipped(link: UpstreamPair) -> tuple[float, float] | None:
    atoms = link.atoms
    return None if atoms is None else (Clip().mass(link.pairs, 0, atoms)[0], atoms.error)
