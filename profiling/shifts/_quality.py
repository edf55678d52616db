"""What the statistics of a model's answers share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from profiling.model import NotComputable
from profiling.shifts._tables import TableShape
from profiling.states.quality import QualityState

Figure = Callable[[QualityState], float | NotComputable]


def both_sides(current: TableShape, past: Sequence[TableShape], figure: Figure) -> tuple[float, float] | NotComputable:
    """Return a figure of this run and its mean over the runs that have it, or why there is none."""
    now = _of(current, figure)
    if isinstance(now, NotComputable):
        return NotComputable(f"{now.reason} in this run")
    then = [value for run in past if not isinstance(value := _of(run, figure), NotComputable)]
    if not then:
        return NotComputable("not known in any run of the reference")
    return now, sum(then) / len(then)


def _of(run: TableShape, figure: Figure) -> float | NotComputable:
    if run.quality is None:
        return NotComputable("no label with a prediction or score is kept")
    return figure(run.quality)
