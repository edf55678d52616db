"""Largest change in mass at one single value."""

from __future__ import annotations

from math import inf
from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Atoms, Pairs
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.distributions._atom import AtomShift


class Atom(AtomShift):
    """Largest change in the share of the values that equal one single value.

    Formula: max over x of |mass_C(x) − mass_R(x)|.

    A default, a sentinel, a stuck sensor or a cap puts many rows on one value. The masses are exact while a column has
    few values, else those of repeated sketch points, to within √2 · 2.446/k^0.9433.
    """

    name: ClassVar[str] = "atom"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Part("the share of a single value changed by {}")
    convention: ClassVar[str] = "L∞ distance of the masses at single values, as plain shares"
    source: ClassVar[str] = "KLL error of a point's mass: constants of DataSketches"
    persistence: ClassVar[float] = inf
    example: ClassVar[Example] = Example([1, 2, 3, 4], [1, 2, 2, 2], 0.5, ColumnKind.INTEGER)

    def mass(self, pairs: Pairs, position: int, atoms: Atoms) -> tuple[float, int]:
        """Return the largest change."""
        del pairs, position
        change = np.abs(atoms.now - atoms.then)
        at = int(np.argmax(change))
        return float(change[at]), at
