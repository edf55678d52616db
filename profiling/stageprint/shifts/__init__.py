"""Measures shifts: (reference, current) → statistic, sketch-error bound, variance floor.

Everything here concerns a few columns at a time and needs no Spark, so it runs wherever the profiles are: in
executors on groups of columns, or in a test. The results are numbers alone; `stageprint.decision` turns them into
severities, once a run.

* `measure(columns)` returns one row per column × statistic × reference. A `ColumnHistory` is the column's profile in
  the run under test and, by reference name, the earlier profiles it is compared with, oldest first. An empty reference
  is stored as not computable. `decision.references.choose` says which runs belong to which reference; ``stage:S`` is
  the other stage's profile of the same run. A column that comes from one upstream column is also compared with that.
* `measure_tables(tables)` returns the same for whole tables (``column_name`` is `model.TABLE_LEVEL`). A `TableHistory`
  also takes the upstream table of the same run, and that of each reference.
* `all_shifts()`, `column_shifts(kind)`, `table_shifts()` and their like are the registry, one file a statistic;
  `concerns_of(statistic)` says what a statistic is about.
* `MEASUREMENTS` is the Arrow schema of both results:

  ======================  =================================================================================
  stage, table_name,      the column (or table) measured
  column_name, kind
  statistic, reference    registered name; ``prev``, ``window``, ``seasonal``, ``long``, ``run:ID``, ``stage:S``
  value                   the statistic; null: not computable, see `reason`
  error                   its dead zone: what sketch error alone can explain, in the statistic's unit
  residual                max(0, abs(value) − error)
  variance_floor          smallest variance of the residual that sampling and sketches allow
  n_reference, n_current  rows of either side
  deterministic           the statistic is a rule: broken or held, without chance
  detail                  what the value is about: the value, the new labels, the columns removed
  reason                  why there is no value; null where there is one
  ======================  =================================================================================

A reference of several runs is the equal-weight mean of their distribution functions, shares and moments, never a merged
sketch. Rules look at all runs of the longest running reference (``long``, else ``window``, …); each gives one row a
column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stageprint.shifts._registry import (
    all_shifts,
    column_relations,
    column_rules,
    column_shifts,
    concerns_of,
    table_rules,
    table_shifts,
)
from stageprint.shifts._rows import MEASUREMENTS
from stageprint.shifts.base import MIN_INVARIANT_RUNS, NEVER_A_ROW, CalibrationGroup, Shift

if TYPE_CHECKING:
    from stageprint.shifts._measure import ColumnHistory, DeliveredAgain, Past, TableHistory, measure, measure_tables

__all__ = [
    "MEASUREMENTS",
    "MIN_INVARIANT_RUNS",
    "NEVER_A_ROW",
    "CalibrationGroup",
    "ColumnHistory",
    "DeliveredAgain",
    "Past",
    "Shift",
    "TableHistory",
    "all_shifts",
    "column_relations",
    "column_rules",
    "column_shifts",
    "concerns_of",
    "measure",
    "measure_tables",
    "table_rules",
    "table_shifts",
]

_MEASURING = frozenset({"ColumnHistory", "DeliveredAgain", "Past", "TableHistory", "measure", "measure_tables"})


def __getattr__(name: str) -> Any:
    """Import what measures when it is first used (PEP 562): who asks what a statistic is about measures nothing."""
    if name not in _MEASURING:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from stageprint.shifts import _measure  # noqa: PLC0415 -- see above

    return getattr(_measure, name)
