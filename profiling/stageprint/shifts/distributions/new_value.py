"""Mass at a value that had little, whatever other values the column piles up on."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Atoms, Pairs, new_masses
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.distributions._atom import AtomShift

MAX_EARLIER_PART_OF_MASS = 1 / 3
"""Largest part of its current mass that a new value may have had in the reference.

A column rounded to thirty values has 3 % at each, so some of its mass is expected anywhere."""


class NewValue(AtomShift):
    """Largest rise of the share of one value that was new or rare before.

    Formula: max of mass_C(x) − mass_R(x) over values x whose mass in the reference was at most a third of the current
    one.

    It finds a default, a sentinel or a stuck sensor in a column that already has frequent values, such as many zeros,
    whose own shares move too much for `atom`. The history says how much mass usually falls on new values: all of it in
    dates and batch numbers, none in a measured quantity.
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
        gained = np.where(new_masses(atoms, MAX_EARLIER_PART_OF_MASS) > 0, atoms.now - atoms.then, 0.0)
        at = int(np.argmax(gained))
        return max(0.0, float(gained[at])), at
