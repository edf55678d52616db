"""What the statistics of mass at a single value have in common, and how such a value is written."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Atoms, Pairs
from stageprint.model import ORDERED, TIMESTAMPS, ColumnKind
from stageprint.model.epoch import EPOCH
from stageprint.shifts.base import ColumnShift, Measured

MIN_MASS_SHARE = 0.02
"""Smallest mass for which the sampling variance is computed; smaller masses take its variance."""

_LARGEST = {
    ColumnKind.DATE: 2_932_896.0,
    ColumnKind.TIMESTAMP: 253_402_300_799e6,
    ColumnKind.TIMESTAMP_NTZ: 253_402_300_799e6,
}


class AtomShift(ColumnShift):
    """A share of the values at a single point."""

    unit: ClassVar[str] = "share 0–1"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    needs: ClassVar[tuple[str, ...]] = ("kll",)
    assumes_level: ClassVar[bool] = True
    max_df: ClassVar[float] = 5.0
    negligible_effect: ClassVar[float] = 0.005
    min_effect: ClassVar[float] = 0.02
    critical_effect: ClassVar[float] = 0.10
    min_scale: ClassVar[float] = 0.01
    default_scale: ClassVar[float] = 0.02

    @abstractmethod
    def mass(self, pairs: Pairs, position: int, atoms: Atoms) -> tuple[float, int]:
        """Return the statistic of one pair, and which of its points it is about."""

    def compute(self, pairs: Pairs) -> Measured:
        """Return the mass m; sketches give it a variance of (ε/4)², sampling m (1 − m) (1/n_C + 1/n_R)."""
        value, error = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
        heaviest = np.full(len(pairs), 0.5)
        details = {}
        for position, atoms in enumerate(pairs.atoms):
            if atoms is not None:
                value[position], at = self.mass(pairs, position, atoms)
                error[position] = atoms.error
                # A mass of one half varies most; a point of nearly no mass still varies by a few rows.
                heaviest[position] = np.clip(max(atoms.now[at], atoms.then[at]), MIN_MASS_SHARE, 0.5)
                if value[position] > atoms.error:
                    details[position] = f"at {show(pairs.current[position].kind, float(atoms.points[at]))}"
        measured = Measured(value, error, (error / 4) ** 2 + heaviest * (1 - heaviest) * pairs.inverse("present"))
        measured.details.update(details)
        return measured


def show(kind: ColumnKind, value: float) -> str:
    """Write a value of an ordered column as people read it.

    Example:
        >>> show(ColumnKind.DATE, 0.0), show(ColumnKind.INTEGER, 999.0), show(ColumnKind.FLOAT, 0.5)
        ('1970-01-01', '999', '0.5')
    """
    if abs(value) <= _LARGEST.get(kind, -1.0):
        try:
            moment = EPOCH + (dt.timedelta(microseconds=value) if kind in TIMESTAMPS else dt.timedelta(days=value))
        except OverflowError:
            return f"{value:.6g}"
        return moment.strftime("%Y-%m-%d %H:%M:%S" if kind in TIMESTAMPS else "%Y-%m-%d")
    return f"{value:.0f}" if value == round(value) and abs(value) < 1e15 else f"{value:.6g}"
