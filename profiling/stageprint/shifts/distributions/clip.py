"""Values piled up at a bound that used to be inside the range."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Atoms, Pairs
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.distributions._atom import AtomShift

MAX_CAPPED_SHARE = 0.5
"""Largest share of the reference beyond a bound that capping may explain."""


class Clip(AtomShift):
    """Share of the values that moved from beyond the current minimum or maximum onto it.

    Formula: the larger, over both ends, of min(mass gained at the current bound, the reference's mass beyond it).

    Capping a column at its 95th percentile leaves 5 % at the new maximum and takes 5 % from beyond it. A range that
    merely narrows adds no more to the bound than the bound's own share, and a spike inside the range does not narrow
    it. Where more than half of the reference lies beyond the bound, the column has moved and is not capped.
    """

    name: ClassVar[str] = "clip"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Part("{} of the values moved from beyond the end of the range onto it")
    convention: ClassVar[str] = "share of the values that moved from beyond the current maximum (minimum) onto it"
    source: ClassVar[str] = "this project; censored data after Tobin 1958"
    symmetric: ClassVar[bool] = False
    needs_no_history: ClassVar[bool] = True
    max_df: ClassVar[float] = 60.0
    prior_weight: ClassVar[float] = 60.0
    min_scale: ClassVar[float] = 0.003
    default_scale: ClassVar[float] = 0.004
    example: ClassVar[Example] = Example([1, 2, 3, 4, 5], [1, 2, 3, 3, 3], 0.26666666666666666, ColumnKind.INTEGER)

    def mass(self, pairs: Pairs, position: int, atoms: Atoms) -> tuple[float, int]:
        """Return the share that was moved onto a bound."""
        del pairs, position
        inside = np.flatnonzero(atoms.now > 0)
        low, high = int(inside[0]), int(inside[-1])
        below = _moved(atoms, low, float(atoms.then[:low].sum()))
        above = _moved(atoms, high, float(atoms.then[high + 1 :].sum()))
        return (above, high) if above >= below else (below, low)


def _moved(atoms: Atoms, bound: int, beyond: float) -> float:
    """Return the mass that came onto the bound from beyond it."""
    if beyond > MAX_CAPPED_SHARE:
        return 0.0
    # Rows that are dropped instead leave all others, those on the bound too, with more of the whole.
    gained = float(atoms.now[bound] - atoms.then[bound] / (1 - beyond))
    return max(0.0, min(gained, beyond))
