"""From measurements to decided shifts: history, effect floors, false-discovery control.

Runs once a run on numbers only; what it costs does not grow with the length of history, since every stored
row carries the history that the next run needs (`scale`, `backtests`).

* `decide(measurements, previous, settings, calibration)`: one row per column × statistic, in the schema `DECISIONS`
  (the fields of `model.ShiftRecord`; key as ``stage, table_name, column_name``). `decide_and_score` returns the run's
  scores as well, `Calibration.merge` those of several runs: what the scores of later runs are calibrated by.
* `previous_of(shifts)`: the stored rows of the last run (or, where a column missed a run, its last stored
  rows) as the `PREVIOUS` table that `decide` takes: per column × statistic × reference its scale, number of
  backtests and residual, and whether the column was flagged in that run.
* `to_records(decisions)`: the rows as `model.ShiftRecord`.
* `references.choose(runs, …)`: which earlier runs are ``prev``, ``window``, ``seasonal`` and ``long``, or the
  pinned ``run:ID``, ``stage:S``, ``previous``, ``window:N``; flagged runs of a column leave its references.

A run, as a driver puts it together::

    measurements = pa.concat_tables([measure(columns), measure_tables(tables)])   # in executors
    past = Calibration.merge(earlier_scores)
    shifts, scores = decide_and_score(measurements, previous_of(last_shifts), settings, past)  # on the driver

* `Part`, `merge_pools`: the same for runs too large for one table, a group of columns at a time.
"""

from __future__ import annotations

from stageprint.decision._variance import VariancePool, merge_pools
from stageprint.decision.classes import CALIBRATION, Calibration
from stageprint.decision.history import MAX_BACKTESTS, PREVIOUS, newest_of, previous_of
from stageprint.decision.records import DECISIONS, to_records
from stageprint.decision.rule import Part, decide, decide_and_score

__all__ = [
    "CALIBRATION",
    "DECISIONS",
    "MAX_BACKTESTS",
    "PREVIOUS",
    "Calibration",
    "Part",
    "VariancePool",
    "decide",
    "decide_and_score",
    "merge_pools",
    "newest_of",
    "previous_of",
    "to_records",
]
