"""Mass at a value that had little, whatever other values the column piles up on."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Atoms, Pairs, new_masses
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.distributions._atom import AtomShift

LITTLE = 1 / 3
"""Part of its mass that a new value may have had: a column rounded to thirty values has 3 % at each."""


class NewValue(AtomShift):
    """max of mass_C(x) − mass_R(x) over values x that had at most a third of their mass in the reference.

    A default, a sentinel or a stuck sensor in a column that has atoms already, such as many zeros: their mass moves by
    itself, and `atom` must let that pass. How much mass falls on new values by itself is learned here: of dates and
    batch numbers all of it, of a measured quantity none.
    """

    name: ClassVar[str] = "new_value"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Part("the share of a value that was rare or new rose by {}")
    convention: ClassVar[str] = "largest gain of mass at a value with at most a third of it before"
    source: ClassVar[str] = "this project; the masses as in `atom`"
    symmetric: ClassVar[bool] = False
    max_df: ClassVar[float] = 12.0
    min_scale: ClassVar[float] = 0.004
    example: ClassVar[Example] = Example([1, 2, 3, 4] * 5, [0] * 10 + [1, 2, 3, 4, 5] * 2, 0.5, ColumnKind.INTEGER)

    def mass(self, pairs: Pairs, position: int, atoms: Atoms) -> tuple[float, int]:
        """Return the gain of the heaviest new value."""
        del pairs, position
        gained = np.where(new_masses(atoms, LITTLE) > 0, atoms.now - atoms.then, 0.0)
        at = int(np.argmax(gained))
        return max(0.0, float(gained[at])), at
