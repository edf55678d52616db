"""Kolmogorov–Smirnov distance of how a column lies beside the one it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, sqrt
from typing import ClassVar

import numpy as np

from stageprint.features.upstream import UpstreamPair
from stageprint.model import ORDERED, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import ColumnRelation, Example, Outcome
from stageprint.shifts.base_wording import Part, Wording

_GRID = np.linspace(0.0, 1.0, 201)


class UpstreamKs(ColumnRelation):
    """Change in the column's distribution relative to the upstream column's.

    Formula: sup over u of |G_C(u) − G_R(u)|, G(u) the share of values up to the upstream column's quantile u.

    G is the relative distribution; that of the reference is the mean over its runs. A season that moves both columns
    leaves it unchanged, even where the column is not a copy.
    """

    name: ClassVar[str] = "upstream_ks"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION, Concern.UPSTREAM})
    wording: ClassVar[Wording] = Part(
        "at least {} of the values moved beside the upstream column (Kolmogorov–Smirnov distance)"
    )
    unit: ClassVar[str] = "share 0–1"
    convention: ClassVar[str] = "201 quantiles of the upstream column, linear between its points"
    source: ClassVar[str] = "Handcock & Morris 1999 (relative distributions); Smirnov 1939"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    max_df: ClassVar[float] = 6.5
    negligible_effect: ClassVar[float] = 0.01
    min_effect: ClassVar[float] = 0.03
    critical_effect: ClassVar[float] = 0.20
    default_scale: ClassVar[float] = 0.03
    example: ClassVar[Example] = Example([1, 2, 3, 4], [1, 1, 3, 4], 0.25, ColumnKind.INTEGER)

    def compare(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome | NotComputable:
        """Return the distance; its dead zone is that of both sketches of the run under test."""
        now = current.ranks(_GRID)
        then = [ranks for run in past if (ranks := run.ranks(_GRID)) is not None]
        cdfs = current.pairs.cdfs[0]
        if now is None or not then or cdfs is None:
            return NotComputable("no values in this run, or in none of the earlier ones")
        value = float(np.abs(now - np.mean(then, axis=0)).max())
        error = hypot(cdfs[0].rank_error, cdfs[1].rank_error) * sqrt(1 + 1 / len(then))
        variance = (error / 2) ** 2 + 0.5 / current.child.present
        return Outcome(value, error, variance, current.about)
