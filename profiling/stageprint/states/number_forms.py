"""Exact counts of whole numbers and of negative zeros, in columns that may have decimal places."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from typing_extensions import Self

from stageprint.model import ColumnKind
from stageprint.states.base_tally import TallyState

if TYPE_CHECKING:
    from stageprint.batch.column import ColumnBatch
    from stageprint.batch.sorted_values import SortedValues


class NumberFormsState(TallyState):
    """Exact counts of finite values; nulls, NaN and ±inf are excluded.

    Doubles from 2^53 on are whole: they have no decimal places.

    Attributes:
        finite: Number of finite values.
        whole: Number of values without decimal places, zeros included.
        negative_zeros: Number of −0.0; 0 for decimals.
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
        """Return a state of values that were counted elsewhere."""
        state = cls(kind)
        state._add(finite, whole, negative_zeros)
        return state

    def update(self, batch: ColumnBatch) -> None:
        """Count the values of one batch."""
        finite, whole = _whole(batch.sorted_values)
        self._add(finite, whole, batch.negative_zeros)


def _whole(ordered: SortedValues) -> tuple[int, int]:
    """Return the number of finite values, and the number of whole ones."""
    if ordered.ints is None:
        values, counts = ordered.finite()
        whole = np.rint(values) == values
    else:
        values, counts = ordered.doubles, ordered.counts
        # Dividing by a constant is much faster than taking the remainder.
        unit = 10**ordered.scale
        whole = (ordered.ints // unit * unit == ordered.ints) if ordered.scale else np.ones(len(values), np.bool_)
    if counts is None:
        return len(values), int(np.count_nonzero(whole))
    return int(counts.sum()), int(counts[whole.astype(np.bool_)].sum())
