"""How strongly a node is flagged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stageprint.model import ShiftRecord


@dataclass(frozen=True, slots=True, order=True)
class Strength:
    """How strongly a node is flagged; compares in the order in which ties are broken."""

    deterministic: bool
    effect: float
    score: float

    @classmethod
    def of(cls, shifts: Iterable[ShiftRecord]) -> Strength:
        """Return the strength of a node with these shifts."""
        records = tuple(shifts)
        return cls(
            any(shift.deterministic for shift in records),
            max((shift.effect or 0.0 for shift in records), default=0.0),
            max((shift.score or 0.0 for shift in records), default=0.0),
        )
