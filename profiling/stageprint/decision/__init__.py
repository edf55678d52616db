"""Decides which measured shifts are findings: history, scores, p values, severities.

It runs once a run and sees numbers only. Its cost does not grow with the length of history, since every stored row
carries what the next run needs of it (`scale`, `backtests`).

* `decide(measurements, previous, settings, calibration)` returns one row per column × statistic in the schema
  `DECISIONS`: the fields of `model.ShiftRecord` with the key as ``stage, table_name, column_name``. `decide_and_score`
  also returns the run's scores, by which later runs are calibrated; `Calibration.merge` combines those of several runs.
* `previous_of(shifts)` returns what `decide` needs of the last run's stored rows (of a column that missed a run, its
  last stored rows): for each column × statistic × reference the scale, the number of backtests and the residual, and
  whether the column was flagged.
* `to_records(decisions)` returns the rows as `model.ShiftRecord`.
* `references.choose(runs, …)` returns which earlier runs are ``prev``, ``window``, ``seasonal`` and ``long``, or the
  pinned ``run:ID``, ``stage:S``, ``previous``, ``window:N``. Runs in which a column was flagged are not among its
  references.
* `RunPart` and `merge_pools` decide runs that are too large for one table, a group of columns at a time.

A run, as a driver puts it together::

    measurements = pa.concat_tables([measure(columns), measure_tables(tables)])   # in executors
    past = Calibration.merge(earlier_scores)
    shifts, scores = decide_and_score(measurements, previous_of(last_shifts), settings, past)  # on the driver
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stageprint.decision._variance import VariancePool, merge_pools
    from stageprint.decision.classes import CALIBRATION, Calibration
    from stageprint.decision.history import MAX_BACKTESTS, PREVIOUS, newest_of, previous_of
    from stageprint.decision.records import DECISIONS, to_records
    from stageprint.decision.rule import RunPart, decide, decide_and_score

_HOME = {
    "CALIBRATION": "classes",
    "DECISIONS": "records",
    "MAX_BACKTESTS": "history",
    "PREVIOUS": "history",
    "Calibration": "classes",
    "RunPart": "rule",
    "VariancePool": "_variance",
    "decide": "rule",
    "decide_and_score": "rule",
    "merge_pools": "_variance",
    "newest_of": "history",
    "previous_of": "history",
    "to_records": "records",
}

__all__ = [
    "CALIBRATION",
    "DECISIONS",
    "MAX_BACKTESTS",
    "PREVIOUS",
    "Calibration",
    "RunPart",
    "VariancePool",
    "decide",
    "decide_and_score",
    "merge_pools",
    "newest_of",
    "previous_of",
    "to_records",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used (PEP 562): most commands need not the rule."""
    if name not in _HOME:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
