"""How much of the change in the labels is an exchange of labels."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from profiling.model import ColumnKind
from profiling.shifts._pairs import Pairs
from profiling.shifts.base import ColumnShift, Example, Measured


class LabelSwap(ColumnShift):
    """Total variation of the label shares, less that of the same shares sorted by size.

    A mix that changes keeps its order, and sorting makes no difference. Where two labels are exchanged, or all are
    encoded anew, the shares stay and their names move: healthy columns hardly ever do that.
    """

    name: ClassVar[str] = "label_swap"
    unit: ClassVar[str] = "share 0–1"
    convention: ClassVar[str] = "half the L1 distances, rare labels pooled and left out of the sorting"
    source: ClassVar[str] = "this project; Wasserstein distance of the shares' own distribution"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    needs: ClassVar[tuple[str, ...]] = ("frequent_items",)
    delta: ClassVar[float] = 0.005
    omega: ClassVar[float] = 0.02
    critical: ClassVar[float] = 0.10
    freedom: ClassVar[float] = 40.0
    prior: ClassVar[float] = 30.0
    least: ClassVar[float] = 0.006
    wobble: ClassVar[float] = 0.006
    example: ClassVar[Example] = Example(
        ["A"] * 10 + ["B"] * 6 + ["C"] * 3 + ["D"],
        ["A"] + ["B"] * 3 + ["C"] * 6 + ["D"] * 10,
        0.6,
        ColumnKind.STRING,
    )

    def compute(self, pairs: Pairs) -> Measured:
        """Return what exchanging labels explains.

        Its dead zone is how far the shares may be off, and what wobbling ones exchange by themselves: labels of nearly
        equal shares change places when shares move, and then the sorted shares move as well.
        """
        value, error = np.full(len(pairs), np.nan), np.zeros(len(pairs))
        for position, pair in enumerate(pairs.labels.pairs):
            if pair is not None:
                now, then = pair.now[:-1], pair.then[:-1]
                sorted_apart = np.abs(np.sort(now) - np.sort(then)).sum()
                value[position] = max(0.0, (np.abs(now - then).sum() - sorted_apart) / 2)
                spread = pair.now_high - pair.now_low + pair.then_high - pair.then_low
                error[position] = spread[:-1].sum() / 2 + sorted_apart
        return Measured(value, error, pairs.inverse("present") / 4)
