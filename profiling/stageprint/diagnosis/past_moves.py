"""How far a column moves by itself, in the terms of a cause: near fits of the cause over past healthy transitions.

A cause that names a factor, a value or a mechanism is named only where what it says happened is far beyond that. Prices
that rise and fall by a third fit many a conversion factor; a label whose share wanders by a point is no default.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import isfinite
from typing import Final, TypeAlias

import numpy as np

from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import Pair, pair
from stageprint.model import TABLE_LEVEL, ColumnKey

Size: TypeAlias = Callable[[Pair], float]
"""How far two runs are apart in the terms of a cause, ≥ 0."""

MAX_TRANSITIONS: Final = 7
"""Maximum number of past transitions that are looked at, the latest ones: a week of daily runs."""

MAX_COLUMNS_WITH_A_PAST: Final = 256
"""Maximum number of columns diagnosed together whose past is read, since each run of each table is a read: where more
moved, their past is taken for unknown."""

MIN_RATIO_TO_PAST: Final = 3.0
"""Minimum size of what a cause names, in the largest size over past transitions."""


def stands_out(evidence: Evidence, key: ColumnKey, size: Size) -> bool:
    """Return whether the present change is far beyond those of past healthy transitions, in the terms of a cause.

    True where the column stands beside its upstream column of the same run, between which there is no past move, and
    where no past is known.
    """
    both = None if key.column == TABLE_LEVEL else pair(evidence, key)
    if both is None or both.source is not None:
        return True
    usual = max((size(past) for past in healthy_transitions(evidence, key)), default=0.0)
    return size(both) > MIN_RATIO_TO_PAST * usual


def log_ratio(both: Pair) -> float:
    """Return the absolute median logarithm of the ratios of the quantiles; where none has one sign, of the spreads."""
    then, now = both.then.quantiles, both.now.quantiles
    if then.size != now.size or not then.size:
        return 0.0
    same_sign = then * now > 0
    if same_sign.any():
        return abs(float(np.median(np.log(now[same_sign] / then[same_sign]))))
    return abs(both.log_spread) if isfinite(both.log_spread) else 0.0


def median_move(both: Pair) -> float:
    """Return the absolute median difference of the quantiles, in the column's unit."""
    then, now = both.then.quantiles, both.now.quantiles
    return abs(float(np.median(now - then))) if then.size == now.size and then.size else 0.0


def outside(both: Pair) -> float:
    """Return the share of the values that lie outside the earlier range."""
    if both.cdfs is None:
        return 0.0
    now = both.cdfs[1]
    below, up_to = now.before(np.array([both.then.low])), now.at(np.array([both.then.high]))
    return max(0.0, float(below[0]) + 1 - float(up_to[0]))


def distance(both: Pair) -> float:
    """Return the Kolmogorov–Smirnov distance of the values."""
    return both.ks


def share_of(value: float, label: str | None) -> Size:
    """Return what says by how much the share of one value, or of one label, of all rows differs between two runs."""

    def share(facts: Facts) -> float:
        mass = facts.mass(value) if label is None else facts.labels.get(label, 0.0)
        return mass * (1 - facts.missing_share)

    return lambda both: abs(share(both.now) - share(both.then))


def missing_move(both: Pair) -> float:
    """Return by how much the share of rows without a value differs."""
    return abs(both.missing_change)


def healthy_transitions(evidence: Evidence, key: ColumnKey) -> tuple[Pair, ...]:
    """Return a column in each two neighbouring earlier runs in which it was not flagged, the latest; remembered."""
    known = evidence.memo.setdefault("past moves", {})
    if not isinstance(known, dict):
        return ()
    if key not in known:
        known[key] = _transitions(evidence, key) if len(known) < MAX_COLUMNS_WITH_A_PAST else ()
    found: tuple[Pair, ...] = known[key]
    return found


def was_constant(evidence: Evidence, key: ColumnKey) -> bool:
    """Return whether a column held one and the same value in all rows of the latest healthy runs that have one."""
    return all(
        past.then.constant
        and past.now.constant
        and past.then.labels.keys() == past.now.labels.keys()
        and (past.then.cdf is None or past.then.low == past.now.low)
        for past in healthy_transitions(evidence, key)
    )


def change_completed(evidence: Evidence, key: ColumnKey) -> tuple[str, str] | None:
    """Return the old and the new label of a column whose change the run before has begun; None: it is no such column.

    The column held one label in all rows, then two of them, the old one and another, and now the other alone: a state
    that lasts for some runs, such as a season, has changed in the middle of one.
    """
    both = None if key.column == TABLE_LEVEL else pair(evidence, key)
    if both is None or both.source is not None or both.now.cdf is not None or len(both.then.labels) != 2:
        return None
    past = healthy_transitions(evidence, key)
    if not past or not past[-1].then.constant or set(past[-1].now.labels) != set(both.then.labels):
        return None
    (old, *_), (new, *_) = past[-1].then.labels, both.now.labels or [""]
    changed = both.now.constant and old != new and {old, new} == set(both.then.labels)
    return (old, new) if changed else None


def _transitions(evidence: Evidence, key: ColumnKey) -> tuple[Pair, ...]:
    flagged = {*evidence.flagged_runs(key), evidence.run_id}
    healthy = [run for run in evidence.history if run not in flagged][-MAX_TRANSITIONS - 1 :]
    profiles = (evidence.column(key, run) for run in healthy)
    facts = [Facts.of(profile) for profile in profiles if profile is not None]
    return tuple(Pair(before, after, {}) for before, after in pairwise(facts) if before.kind is after.kind)
