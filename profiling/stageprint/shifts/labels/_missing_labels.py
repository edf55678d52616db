"""What unseen and lost labels have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from stageprint.features.column import Reference
from stageprint.features.formulas import arcsine
from stageprint.features.labels import AlignedLabels
from stageprint.features.pairs import Pairs
from stageprint.model import ColumnKind
from stageprint.shifts.base import ColumnShift, Measured

IDENTIFIER_SHARE: Final = 0.5
"""Share of different values from which on a column holds identifiers rather than labels."""


class MissingLabels(ColumnShift):
    """h of the share of rows whose label the other side does not have, h(p) = 2·arcsin√p."""

    unit: ClassVar[str] = "arcsine of the share, 0–π"
    source: ClassVar[str] = "frequent items: Misra & Gries 1982, DataSketches; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    needs: ClassVar[tuple[str, ...]] = ("frequent_items",)
    assumes_level: ClassVar[bool] = True
    symmetric: ClassVar[bool] = False
    max_df: ClassVar[float] = 7.0
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.3
    extreme_effect: ClassVar[float] = 1.5
    default_scale: ClassVar[float] = 0.06

    @abstractmethod
    def missing(self, pair: AlignedLabels) -> tuple[float, float, tuple[str, ...]]:
        """Return the share, its lower bound, and the largest labels."""

    def usual(self, reference: Reference) -> float:
        """Return the share that is missing every time, as far as it counts for nothing."""
        del reference
        return 0.0

    def compute(self, pairs: Pairs) -> Measured:
        """Return the share beyond the usual one; its dead zone is what labels below the other side's bound can hide."""
        value, least = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
        usual = np.zeros(len(pairs))
        details = {}
        for position, (pair, reference) in enumerate(zip(pairs.labels.pairs, pairs.reference, strict=True)):
            if pair is not None:
                point, lower, labels = self.missing(pair)
                value[position], least[position] = point, lower
                if lower > 0:
                    usual[position] = self.usual(reference)
                    details[position] = ", ".join(repr(label) for label in labels)
        beyond = np.maximum(0.0, arcsine(value) - arcsine(usual))
        measured = Measured(
            beyond,
            arcsine(value) - arcsine(least),
            pairs.inverse("present"),
            current_figure=value,
            reference_figure=usual,
        )
        measured.details.update(details)
        return measured.because(_of_identifiers(pairs), "nearly every value is there once: its labels are no set")


def _of_identifiers(pairs: Pairs) -> NDArray[np.bool_]:
    """Return where most values are different ones in this run as in the reference, as tokens and keys are."""
    runs = np.array([len(reference.runs) for reference in pairs.reference], dtype=np.float64)
    now, then = pairs.now("present"), pairs.then("present") / runs
    return (pairs.now("distinct") > IDENTIFIER_SHARE * now) & (pairs.then("distinct") > IDENTIFIER_SHARE * then)
