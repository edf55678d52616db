"""The evaluation set holds keys that were trained on, which it never did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.formulas import arcsine
from stageprint.features.table import (
    HASHED_UNLIKE,
    Bounded,
    TableFeatures,
    hashed_alike,
    key_of_most_columns,
    share_in,
)
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, Example, Outcome, TableRule
from stageprint.shifts.base_wording import Share, Wording
from stageprint.shifts.table.rows_kept import MAX_ACCIDENTAL_ROWS
from stageprint.states.theta import ThetaState


class NeverOverlapped(TableRule):
    """Share of evaluation keys that are training keys too, if at least 3 earlier runs all had none.

    Formula: h(p), p = |T ∩ E| / |E|.

    The share's lower bound counts, so that sketch error cannot cause it. An earlier run had none if the sketches have
    no hash in common.

    Example:
        No key of 100 was trained on in any run, and now 25 are: h(.25) = 1.047.
    """

    name: ClassVar[str] = "never_overlapped"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.TRAINING_OVERLAP})
    wording: ClassVar[Wording] = Share(
        "at least {} of the evaluation keys are training keys, where no earlier run had any"
    )
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "lower bound at 3 standard deviations; the key of most columns that both tables declare"
    source: ClassVar[str] = "Dasgupta, Lang, Rhodes & Thaler 2016 (theta sketches); Cohen 1988 for h"
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.3
    example: ClassVar[Example] = Example(
        {"rows": 100, "role": "evaluation", "keys": range(100), "peers": {"training": {"keys": range(500, 900)}}},
        {"rows": 100, "role": "evaluation", "keys": range(100), "peers": {"training": {"keys": range(75, 400)}}},
        1.0471975511965976,
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return the least share of the keys that can be in common."""
        now = trained_on(current)
        if now is None and hashed_unlike_training(current):
            return HASHED_UNLIKE
        if now is None:
            return NotComputable("the table is no evaluation set with a key that its training set declares too")
        before = [share for run in past if (share := trained_on(run)) is not None]
        if len(before) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs with keys of both sets, has {len(before)}")
        if any(share.value > 0 for share in before):
            return NotComputable("some keys were in both sets before")
        broken = now.lower * current.rows > MAX_ACCIDENTAL_ROWS
        return Outcome(float(arcsine(now.lower)) if broken else 0.0)


def hashed_unlike_training(run: TableFeatures) -> bool:
    """Return whether the keys of an evaluation set and of its training set are not hashed alike."""
    both = _common_key(run)
    return both is not None and not hashed_alike(*both)


def trained_on(run: TableFeatures) -> Bounded | None:
    """Return the share of an evaluation set's keys that its training set has; None where it is unknown."""
    both = _common_key(run)
    return None if both is None else share_in(*both)


def _common_key(run: TableFeatures) -> tuple[ThetaState, ThetaState] | None:
    training = run.peers.get("training") if run.role == "evaluation" else None
    if training is None:
        return None
    name = key_of_most_columns(run.thetas.keys() & training.thetas.keys())
    return None if name is None else (run.thetas[name], training.thetas[name])
