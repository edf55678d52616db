"""Change in the number of decimal places."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Pairs
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Number, Wording


class Precision(ColumnShift):
    """Change in the mean number of decimal places that the values need, up to 6.

    Rounding and truncation remove decimal places and hardly move the distribution; so does reading integers as
    floats.
    """

    name: ClassVar[str] = "precision"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FORMAT})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Number("the values need {} decimal places more")
    unit: ClassVar[str] = "decimal places"
    convention: ClassVar[str] = "signed; least number of places, 0 to 6, that a value is within 10⁻⁹ of itself with"
    source: ClassVar[str] = "this project; heaping: Roberts & Brewer 2001"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.FLOAT, ColumnKind.DECIMAL})
    needs: ClassVar[tuple[str, ...]] = ("kll",)
    signed: ClassVar[bool] = True
    negligible_effect: ClassVar[float] = 0.1
    min_effect: ClassVar[float] = 0.4
    critical_effect: ClassVar[float] = 2.0
    default_scale: ClassVar[float] = 0.2
    example: ClassVar[Example] = Example([1.25, 2.5, 3.75, 4.0], [1.0, 2.0, 4.0, 4.0], -1.25, ColumnKind.FLOAT)

    def compute(self, pairs: Pairs) -> Measured:
        """Return the change; a sketch's points are a sample of the values, and places differ by 2 or so."""
        value, error = (
            pairs.now("places") - pairs.then("places"),
            np.hypot(pairs.now("places_error"), pairs.then("places_error")),
        )
        return Measured(value, error, 4 * pairs.inverse("present"))
