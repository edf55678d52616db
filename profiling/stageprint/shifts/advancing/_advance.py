"""What the rules of columns that advance have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from stageprint.features.advancing import Advance, AdvanceKind, advance_of
from stageprint.features.column import ColumnFeatures
from stageprint.model import ORDERED, ColumnKind, NotComputable
from stageprint.shifts.base import ColumnRule, Outcome

NOT_ADVANCING = NotComputable("the column is not known to advance with time or run")
"""Why the rules say nothing of most columns."""

MIN_ROWS = 3
"""Most rows that may be odd by accident."""

MIN_SHARE = 0.01
"""Share of the values that must be odd, beyond three times what was odd in any past run."""


class AdvanceRule(ColumnRule):
    """A rule of columns that are known to advance in one of some ways.

    Attributes:
        ways: The kinds of advance that it is about.
    """

    ways: ClassVar[frozenset[AdvanceKind]]
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED | {ColumnKind.STRING}

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return how far the column is from how it advances."""
        return self.judge_advance(advance_of(current, past), current, past)

    def judge_advance(
        self, advance: Advance | None, current: ColumnFeatures, past: Sequence[ColumnFeatures]
    ) -> Outcome | NotComputable:
        """Return the same of a column whose `advance_of` is known."""
        if advance is None or not advance.known:
            return NOT_ADVANCING
        if advance.kind not in self.ways:
            return NotComputable(f"does not ask this of columns that advance as {advance.how}")
        return self.breach(advance, current, [run for run in past if run.present > 0])

    @abstractmethod
    def breach(
        self, advance: Advance, current: ColumnFeatures, past: Sequence[ColumnFeatures]
    ) -> Outcome | NotComputable:
        """Return how far the rule is broken, 0 while it holds.

        Args:
            advance: How the column advances.
            current: The run under test; has values.
            past: The past runs that have values, oldest first; at least two.
        """


def is_odd(share: float, usual: float, run: ColumnFeatures) -> bool:
    """Return whether more of a run's values are odd than chance and the past explain.

    Args:
        share: Share of the run's values that are odd, 0–1.
        usual: The largest such share of a past run.
        run: The run.
    """
    return share > 3 * usual + MIN_SHARE and share * run.present > MIN_ROWS


def share_below(run: ColumnFeatures, bound: float) -> float:
    """Return at least which share of a run's values is below a bound; what the sketch leaves open is not counted."""
    if run.cdf is None:
        return 0.0
    return max(0.0, float(run.cdf.before(np.array([bound]))[0]) - run.cdf.rank_error)


def share_above(run: ColumnFeatures, bound: float) -> float:
    """Return at least which share of a run's values is above a bound; what the sketch leaves open is not counted."""
    if run.cdf is None:
        return 0.0
    return max(0.0, 1 - float(run.cdf.at(np.array([bound]))[0]) - run.cdf.rank_error)
