"""What the statistics of a model's answers share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from stageprint.features.table import TableFeatures
from stageprint.model import NotComputable
from stageprint.states.quality import QualityState

NONE_KEPT = "no label with a prediction or score is kept"

Figure = Callable[[QualityState], float | NotComputable]


class BothSides(NamedTuple):
    """A figure of a model's answers.

    Attributes:
        now: In this run.
        then: Its mean over the reference's runs that have it.
        answers: This run's answers.
    """

    now: float
    then: float
    answers: QualityState


def both_sides(current: TableFeatures, past: Sequence[TableFeatures], figure: Figure) -> BothSides | NotComputable:
    """Return a figure of this run and its mean over the runs that have it, or why there is none."""
    now = _of(current, figure)
    if isinstance(now, NotComputable) or current.quality is None:
        return NotComputable(f"{now.reason if isinstance(now, NotComputable) else NONE_KEPT} in this run")
    then = [value for run in past if not isinstance(value := _of(run, figure), NotComputable)]
    if not then:
        return NotComputable("not known in any run of the reference")
    return BothSides(now, sum(then) / len(then), current.quality)


def _of(run: TableFeatures, figure: Figure) -> float | NotComputable:
    if run.quality is None:
        return NotComputable(NONE_KEPT)
    return figure(run.quality)
