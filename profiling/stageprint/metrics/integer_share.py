"""Share of the values that are whole numbers."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._tally import TallyShareMetric
from stageprint.model import ColumnKind
from stageprint.states.base import State
from stageprint.states.number_forms import NumberFormsState


class IntegerShareMetric(TallyShareMetric):
    """Finite values without decimal places ÷ finite values."""

    name: ClassVar[str] = "integer_share"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.FLOAT, ColumnKind.DECIMAL})
    null_means: ClassVar[str] = "not a floating-point or decimal column, or no finite values"
    needs: ClassVar[tuple[type[State], ...]] = (NumberFormsState,)
    field: ClassVar[str] = "whole"
    of: ClassVar[str] = "finite"
