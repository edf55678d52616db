"""When the shift of a node began: a streak of flagged runs may hold two faults, of which only the later one is there.

A run belongs to a shift where the change that is seen now was there already, in kind and at half the size.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite, log

from stageprint.diagnosis.clock import variation
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import Pair, pair_of_runs
from stageprint.model import TABLE_LEVEL, ColumnKey, TableProfile

MIN_SHARE_PRESENT = 0.5
"""Minimum share of a change that an earlier run must show for the change to have begun in it."""

MIN_ROW_LOG_RATIO = 0.1
"""Minimum |ln| of the ratio of rows that is a change of volume."""

MIN_HOURS_MOVED = 0.1
"""Minimum total variation of the hours of the day that is a change of the daily cycle."""

MAX_NODES_DATED = 64
"""Nodes whose earlier runs are looked into: where more have been flagged for some runs, the streaks are taken as they
are, since each run of each node is a profile to read."""


def date_shifts(evidence: Evidence, nodes: Iterable[ColumnKey]) -> None:
    """Shorten the streaks of nodes whose present change began later than they were first flagged."""
    long = [node for node in nodes if evidence.first_run(node) != evidence.run_id]
    for node in long[:MAX_NODES_DATED]:
        began = _onset(evidence, node)
        if began != evidence.first_run(node):
            evidence.began(node, began)


def began_later(evidence: Evidence, node: ColumnKey, other: ColumnKey) -> bool:
    """Return whether a node's shift was not there yet when that of the other node began.

    A node that was only flagged later, but had moved already, began with the other.
    """
    runs = (*evidence.history, evidence.run_id)
    mine, theirs = (runs.index(evidence.first_run(key)) for key in (node, other))
    return mine > theirs and not was_there(evidence, node, runs[theirs])


def was_there(evidence: Evidence, node: ColumnKey, run: str) -> bool:
    """Return whether the change that a node shows in the run under test was there in an earlier run.

    True where the profiles do not say.
    """
    if run == evidence.run_id:
        return True
    if node.column == TABLE_LEVEL:
        then, now = evidence.reference_table(node.table_key), evidence.table(node.table_key)
        earlier = evidence.table(node.table_key, run)
        return then is None or earlier is None or now is None or _table_was_there(then, earlier, now)
    both, at = pair_of_runs(evidence, node), evidence.column(node, run)
    return both is None or at is None or _column_was_there(both, Facts.of(at))


def _onset(evidence: Evidence, node: ColumnKey) -> str:
    first = evidence.first_run(node)
    began = evidence.run_id
    for run in reversed(evidence.history[evidence.history.index(first) :]):
        if not was_there(evidence, node, run):
            break
        began = run
    return began


def _table_was_there(then: TableProfile, earlier: TableProfile, now: TableProfile) -> bool:
    names = [{field.name: field.data_type for field in profile.schema} for profile in (earlier, now)]
    if names[0] != names[1]:
        return False
    if min(then.rows, earlier.rows, now.rows) == 0:
        return earlier.rows == now.rows
    change, before = log(now.rows / then.rows), log(earlier.rows / then.rows)
    return abs(change) < MIN_ROW_LOG_RATIO or before / change >= MIN_SHARE_PRESENT


def _column_was_there(both: Pair, earlier: Facts) -> bool:
    """Return whether an earlier run shows what is beyond chance now: nulls first, then the hours, labels and values."""
    then, now = both.then, both.now
    if now.data_type not in {earlier.data_type, then.data_type}:
        return False
    before, since = Pair(then, earlier, both.usual_moves), Pair(earlier, now, both.usual_moves)
    if abs(both.missing_change) > both.missing_step:
        return before.missing_change / both.missing_change >= MIN_SHARE_PRESENT
    if now.temporal:
        return _hours_were_there(then, earlier, now)
    for change, chance, left, left_by_chance in (
        (both.labels_apart, both.label_noise, since.labels_apart, since.label_noise),
        (both.ks, both.tolerance, since.ks, since.tolerance),
    ):
        if change > chance:
            return left <= max(left_by_chance, MIN_SHARE_PRESENT * change)
    spread, spread_before = both.log_spread, before.log_spread
    widened = isfinite(spread) and isfinite(spread_before) and abs(spread) > both.spread_tolerance
    return not widened or spread_before / spread >= MIN_SHARE_PRESENT


def _hours_were_there(then: Facts, earlier: Facts, now: Facts) -> bool:
    """Return the same of the hours of the day: the level of times moves on by itself."""
    if then.hours is None or earlier.hours is None or now.hours is None:
        return True
    moved = variation(then.hours, now.hours)
    return moved < MIN_HOURS_MOVED or variation(earlier.hours, now.hours) <= MIN_SHARE_PRESENT * moved
