"""Rows whose value is −0.0."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._tally import TallyMetric
from stageprint.model import ColumnKind
from stageprint.states.base import State
from stageprint.states.number_forms import NumberFormsState


class NegativeZeroCountMetric(TallyMetric):
    """Rows whose value is −0.0; it equals 0.0, but some engines group, join and print it as another value."""

    name: ClassVar[str] = "negative_zero_count"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.FLOAT})
    null_means: ClassVar[str] = "not a floating-point column"
    needs: ClassVar[tuple[type[State], ...]] = (NumberFormsState,)
    field: ClassVar[str] = "negative_zeros"
