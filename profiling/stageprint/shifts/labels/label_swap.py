"""How much of the change in the labels is an exchange of labels."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.labels import MAX_EXCHANGE_LABELS
from stageprint.features.pairs import Floats, Pairs
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import CalibrationGroup, ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Part, Wording


class LabelSwap(ColumnShift):
    """How much of the change in the labels' shares is explained by labels swapping places.

    Formula: total variation of the label shares, less that of the same shares with labels exchanged.

    Exchanged are two labels, or all of them so that both sides are sorted by size. A mix that changes keeps its order,
    and sorting makes no difference. Where two labels are exchanged, or all are encoded anew, the shares stay and their
    names move, which healthy columns hardly ever do.
    """

    name: ClassVar[str] = "label_swap"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.LABELS})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Part("an exchange of labels explains a change of {} of the values")
    unit: ClassVar[str] = "share 0–1"
    convention: ClassVar[str] = "half the L1 distances, rare labels pooled and left out of the sorting"
    source: ClassVar[str] = "this project; Wasserstein distance of the shares' own distribution"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    needs: ClassVar[tuple[str, ...]] = ("frequent_items",)
    negligible_effect: ClassVar[float] = 0.005
    min_effect: ClassVar[float] = 0.02
    critical_effect: ClassVar[float] = 0.10
    max_df: ClassVar[float] = 8.0
    prior_weight: ClassVar[float] = 30.0
    min_scale: ClassVar[float] = 0.006
    # How far others of the labels are from an exchange counts against it, so that a swap that stays goes up and down.
    persistence: ClassVar[float] = 0.5
    calibration_group: ClassVar[CalibrationGroup] = CalibrationGroup.EXCHANGE
    capped_by: ClassVar[tuple[str, ...]] = ("label_flow", "l_infinity")
    default_scale: ClassVar[float] = 0.006
    example: ClassVar[Example] = Example(
        ["A"] * 10 + ["B"] * 6 + ["C"] * 3 + ["D"],
        ["A"] + ["B"] * 3 + ["C"] * 6 + ["D"] * 10,
        0.6,
        ColumnKind.STRING,
    )

    def compute(self, pairs: Pairs) -> Measured:
        """Return what exchanging labels explains: of two labels, or of all at once, whichever says more.

        Its dead zone is how far the shares may be off, and what fluctuating shares exchange by themselves: labels of
        nearly equal shares change places when shares move, and then they do not quite take each other's. What other
        labels do does not matter to an exchange of two.
        """
        value, error = np.full(len(pairs), np.nan), np.zeros(len(pairs))
        for position, pair in enumerate(pairs.labels.pairs):
            if pair is not None:
                now, then = pair.now[:-1], pair.then[:-1]
                sorted_apart = np.abs(np.sort(now) - np.sort(then)).sum()
                gain = max(0.0, (np.abs(now - then).sum() - sorted_apart) / 2)
                spread = (pair.now_high - pair.now_low + pair.then_high - pair.then_low)[:-1]
                gains, errors = exchanged(now[None], then[None], spread[None])
                every = spread.sum() / 2 + sorted_apart
                of_two = gains[0] - errors[0] > gain - every
                value[position], error[position] = (gains[0], errors[0]) if of_two else (gain, every)
        return Measured(value, error, pairs.inverse("present") / 4)


def exchanged(now: Floats, then: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Return what exchanging the two labels explains for which that is most, with its dead zone.

    Args:
        now: Shares of the labels, a row for each column.
        then: Shares in the reference.
        spread: How far apart the bounds of both are.

    Example:
        >>> gain, error = exchanged(np.array([[0.2, 0.3, 0.5]]), np.array([[0.5, 0.3, 0.2]]), np.zeros((1, 3)))
        >>> round(float(gain[0]), 12), float(error[0])
        (0.3, 0.0)
    """
    rows = np.arange(len(now))[:, None]
    if now.shape[1] > MAX_EXCHANGE_LABELS:
        kept = np.argpartition(-(now + then), MAX_EXCHANGE_LABELS, axis=1)[:, :MAX_EXCHANGE_LABELS]
        now, then, spread = now[rows, kept], then[rows, kept], spread[rows, kept]
    first, second = np.triu_indices(now.shape[1], 1)
    if not first.size:
        return np.zeros(len(now)), np.zeros(len(now))
    stayed = np.abs(now - then)
    same = stayed[:, first] + stayed[:, second]
    other = np.abs(now[:, first] - then[:, second]) + np.abs(now[:, second] - then[:, first])
    gain = np.maximum(0.0, (same - other) / 2)
    error = other + (spread[:, first] + spread[:, second]) / 2
    best = np.argmax(gain - error, axis=1)
    return gain[rows[:, 0], best], error[rows[:, 0], best]
