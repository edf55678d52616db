"""How numbers that may have decimal places are written: whole ones, and zeros with a minus sign."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from typing_extensions import Self

from stageprint.batch.column import ColumnBatch
from stageprint.batch.sorted_values import SortedValues
from stageprint.model import ColumnKind
from stageprint.states.base_tally import TallyState


class NumberFormsState(TallyState):
    """Exact counts of finite values; nulls, NaN and ±inf are left out.

    A double of 2^53 and above is whole, for there is none with decimal places.

    Attributes:
        finite: Finite values.
        whole: Values without decimal places, zeros included.
        negative_zeros: −0.0; a decimal has none.
    """

    name: ClassVar[str] = "number_forms"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.FLOAT, ColumnKind.DECIMAL})
    fields: ClassVar[tuple[str, ...]] = ("finite", "whole", "negative_zeros")
    finite: int
    whole: int
    negative_zeros: int

    @classmethod
    def of(cls, kind: ColumnKind, *, finite: int, whole: int, negative_zeros: int = 0) -> Self:
        """Return the counts of values that somebody else has counted."""
        state = cls(kind)
        state._add(finite, whole, negative_zeros)
        return state

    def update(self, batch: ColumnBatch) -> None:
        """Count the values of one batch."""
        finite, whole = _whole(batch.sorted_values)
        self._add(finite, whole, batch.negative_zeros)


def _whole(runs: SortedValues) -> tuple[int, int]:
    """Return the number of finite values, and of the whole ones among them."""
    if runs.ints is None:
        values, counts = runs.finite()
        whole = np.rint(values) == values
    else:
        values, counts = runs.doubles, runs.counts
        # Dividing by a constant is much quicker than the remainder.
        unit = 10**runs.scale
        whole = (runs.ints // unit * unit == runs.ints) if runs.scale else np.ones(len(values), np.bool_)
    if counts is None:
        return len(values), int(np.count_nonzero(whole))
    return int(counts.sum()), int(counts[whole.astype(np.bool_)].sum())
