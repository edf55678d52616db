"""Mass at a value that had none, where the column never had that much mass at any value."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Atoms, Pairs, new_masses
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.distributions._atom import AtomShift

MAX_EARLIER_PART_OF_MASS = 0.1
"""Largest part of its current mass that a new value may have had in the reference."""


class NewAtom(AtomShift):
    """Share of values equal to one new value, beyond the largest share that any value had before.

    Formula: max over new values x of mass_C(x), less the reference's largest mass at any value; not below 0.

    A column that always has one date or a dozen common codes does not move it by changing them, so it can be trusted
    from the second run on. A value is new if the reference has at most a tenth of its mass there, or less than the
    sketch can measure. Columns with frequent values are left to `new_value`.
    """

    name: ClassVar[str] = "new_atom"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Part("{} of the values are equal to one that the reference never had")
    convention: ClassVar[str] = "largest new point mass less the largest known one, not below 0"
    source: ClassVar[str] = "this project; the masses as in `atom`"
    symmetric: ClassVar[bool] = False
    needs_no_history: ClassVar[bool] = True
    max_df: ClassVar[float] = 60.0
    prior_weight: ClassVar[float] = 60.0
    min_scale: ClassVar[float] = 0.003
    default_scale: ClassVar[float] = 0.004
    example: ClassVar[Example] = Example([1, 2, 3, 4] * 5, [0] * 10 + [1, 2, 3, 4, 5] * 2, 0.25, ColumnKind.INTEGER)

    def mass(self, pairs: Pairs, position: int, atoms: Atoms) -> tuple[float, int]:
        """Return the excess of the heaviest new value."""
        usual = max(run.top_share for run in pairs.reference[position].runs if run.cdf is not None)
        new = new_masses(atoms, MAX_EARLIER_PART_OF_MASS)
        at = int(np.argmax(new))
        return max(0.0, float(new[at]) - usual), at
