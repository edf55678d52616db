"""Training reaches past the evaluation set's first event, which it never did."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, nan
from typing import ClassVar

from stageprint.features.table import TableFeatures, seconds_between
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, Example, Outcome, TableRule
from stageprint.shifts.base_wording import Part, Wording

SIDES = {"training": "evaluation", "evaluation": "training"}


class TimeOrder(TableRule):
    """Share of the evaluation set's time range before the last training row; 0 in each of at least 3 earlier runs.

    The stages' roles name the training and the evaluation table, event-time columns their times. The rule is broken
    on the table whose own time range has grown more. An evaluation set older than all of the training set is out of
    date instead (`holdout_age`). A random split mixes the times in every run and has no such rule.

    Example:
        Evaluation always began as training ended, and now training reaches a day into its two days: 0.5.
    """

    name: ClassVar[str] = "time_order"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.EVENT_TIME})
    wording: ClassVar[Wording] = Part("training reaches {} into the time range of the evaluation set")
    unit: ClassVar[str] = "share of the evaluation set's time range, 0–1; 0 held"
    convention: ClassVar[str] = "extremes of the event times, exact"
    source: ClassVar[str] = "this project; Kaufman, Rosset & Perlich 2011 (leakage in data mining)"
    min_effect: ClassVar[float] = 1e-6
    critical_effect: ClassVar[float] = 0.02
    example: ClassVar[Example] = Example(
        {"role": "training", "span": (0, 48), "peers": {"evaluation": {"span": (48, 96)}}},
        {"role": "training", "span": (0, 72), "peers": {"evaluation": {"span": (48, 96)}}},
        0.5,
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return how far training reaches into evaluation."""
        if current.role not in SIDES or SIDES[current.role] not in current.peers:
            return NotComputable("the table is not one of a training and an evaluation set")
        mixed = overlap(current)
        if isnan(mixed):
            return NotComputable("no event times are known of both sets in this run")
        before = [share for run in past if not isnan(share := overlap(run))]
        if len(before) < MIN_INVARIANT_RUNS:
            return NotComputable(
                f"needs {MIN_INVARIANT_RUNS} earlier runs with event times of both sets, has {len(before)}"
            )
        if max(before) > 0:
            return NotComputable("training reached past the evaluation set's first event before")
        other = _growth(current.peers[SIDES[current.role]], [run.peers.get(SIDES[current.role]) for run in past])
        own = _growth(current, past)
        # Where neither range has grown, the training set is what is to keep its distance.
        mine = own > other or (own == other and current.role == "training")
        if mixed <= 0 or not mine:
            return Outcome(0.0)
        training, evaluation = sides(current)
        return Outcome(mixed, detail=f"training until {training.latest}, evaluation from {evaluation.first}")


def sides(run: TableFeatures) -> tuple[TableFeatures, TableFeatures]:
    """Return the training and the evaluation set of a run of one of them."""
    other = run.peers[SIDES[str(run.role)]]
    return (run, other) if run.role == "training" else (other, run)


def overlap(run: TableFeatures) -> float:
    """Return the share of the evaluation set's time range before the last training row; NaN where it is not known."""
    if run.role not in SIDES or SIDES[run.role] not in run.peers:
        return nan
    training, evaluation = sides(run)
    reach, age = seconds_between(evaluation.first, training.latest), seconds_between(training.first, evaluation.latest)
    if isnan(reach) or isnan(age):
        return nan
    if reach <= 0 or age <= 0:
        return 0.0
    return min(1.0, reach / evaluation.span) if evaluation.span > 0 else 1.0


def _growth(now: TableFeatures, past: Sequence[TableFeatures | None]) -> float:
    spans = [run.span for run in past if run is not None and not isnan(run.span)]
    longest = max(spans, default=nan)
    return max(0.0, now.span / longest - 1) if longest > 0 else 0.0
