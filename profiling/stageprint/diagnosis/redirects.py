"""Cases in which the cause of a flagged node is not one of its parents in the graph.

A table flagged for its model's quality follows its features; a table flagged for its keys follows the column whose
values were changed; a column that is looked up follows the event times that the look-up goes by.
"""

from __future__ import annotations

from collections.abc import Mapping

from stageprint.diagnosis.concerns import is_about, is_flagged_for, is_flagged_only_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.own_signature import MIN_FIT_OWN_SIGNATURE, NULLS, best_signature
from stageprint.diagnosis.pair import pair_of_runs
from stageprint.diagnosis.strength import Strength
from stageprint.diagnosis.volume import flow, volume_moved
from stageprint.model import TABLE_LEVEL, ColumnKey, Concern, TableKey
from stageprint.shifts.time.late_rows import LateRows
from stageprint.shifts.upstream.upstream_ends import UpstreamEnds

MAX_RELATIVE_DIFFERENCE = 0.25
"""Maximum relative difference of a share of late rows and a share of nulls that count as equal, …"""

MAX_SHARE_DIFFERENCE = 0.02
"""… or this difference of the shares, whichever is larger."""


def followed_suspect(
    evidence: Evidence,
    node: ColumnKey,
    strengths: Mapping[ColumnKey, Strength],
    by_table: Mapping[TableKey, list[ColumnKey]],
) -> ColumnKey | None:
    """Return the suspect that explains a table flagged only for what other nodes can spoil, or None.

    Model quality: one of the table's own columns, else the nearest suspect upstream. Event times that end early: a
    table upstream, near or far, with missing rows. Rows of another time: wrong event times, here or upstream.
    """
    quality, ends_early, other_time = (
        is_flagged_only_for(evidence, node, concern)
        for concern in (Concern.MODEL_QUALITY, Concern.FRESHNESS, Concern.EVENT_TIME)
    )
    if not (quality or ends_early or other_time):
        return None

    def spoils(suspect: ColumnKey) -> bool:
        if quality:
            return suspect != node
        if ends_early:
            return suspect.column == TABLE_LEVEL and volume_moved(evidence, suspect)
        return is_clock_off(evidence, suspect)

    tables = list(evidence.graph.table_parents(node.table_key)) if ends_early else [node.table_key]
    seen: set[TableKey] = set()
    while tables:
        found = [suspect for table in tables for suspect in by_table.get(table, ()) if spoils(suspect)]
        if found:
            return max(found, key=lambda key: strengths[key])
        seen.update(tables)
        above = (parent for table in tables for parent in evidence.graph.table_parents(table))
        tables = [table for table in dict.fromkeys(above) if table not in seen]
    return None


def changed_column_behind(
    evidence: Evidence, table: ColumnKey, strengths: Mapping[ColumnKey, Strength]
) -> ColumnKey | None:
    """Return the column whose changed values alone explain what flags a table's keys or time range, or None."""
    shifts = [shift for shift in evidence.flagged_shifts(table) if not is_about(shift, Concern.STORAGE)]
    profile = evidence.table(table.table_key) if table.column == TABLE_LEVEL else None
    if not shifts or profile is None:
        return None
    if all(shift.statistic == UpstreamEnds.name for shift in shifts):
        return _moved_clock(evidence, table, strengths)
    if not all(is_about(shift, Concern.KEYS) for shift in shifts):
        return None
    names = {name for key in profile.keys for name in key.split("+")}
    made = [
        node
        for node in strengths
        if node.table_key == table.table_key
        and node.column in names
        and is_flagged_for(evidence, node, Concern.FOREIGN_VALUES)
    ]
    return max(made, key=lambda node: strengths[node], default=None)


def _moved_clock(evidence: Evidence, table: ColumnKey, strengths: Mapping[ColumnKey, Strength]) -> ColumnKey | None:
    """Return the table's event-time column if its values were changed, rather than some of them lost; else None."""
    name = evidence.graph.event_time(table.table_key)
    node = None if name is None else table.table_key.column(name)
    return node if node is not None and node in strengths and is_clock_off(evidence, node) else None


def is_clock_off(evidence: Evidence, node: ColumnKey) -> bool:
    """Return whether a suspect is its table's event-time column and has a clear signature other than new nulls."""
    if evidence.graph.event_time(node.table_key) != node.column:
        return False
    best = best_signature(evidence, node)
    return best is not None and best.fit.score >= MIN_FIT_OWN_SIGNATURE and best.cause.name != NULLS


def source_of_lookup(evidence: Evidence, node: ColumnKey) -> tuple[TableKey, ...]:
    """Return the table whose rows a column was looked up for, or nothing where the column comes from that table itself.

    Other rows look up other values, so a fault of those rows may show in the column.
    """
    found = flow(evidence, node.table_key) if node.column != TABLE_LEVEL else None
    if found is None or any(parent.table_key == found.source for parent in evidence.graph.column_parents(node)):
        return ()
    return (found.source,)


def late_event_times(
    evidence: Evidence, node: ColumnKey, by_table: Mapping[TableKey, list[ColumnKey]]
) -> ColumnKey | None:
    """Return the event-time column that a look-up went by, if the share of late rows equals the column's new nulls."""
    found = flow(evidence, node.table_key) if is_flagged_for(evidence, node, Concern.MISSING_VALUES) else None
    if found is None:
        return None
    tables = dict.fromkeys(parent.table_key for parent in evidence.graph.column_parents(node))
    suspects = (suspect for table in tables if table != found.source for suspect in by_table.get(table, ()))
    return next((suspect for suspect in suspects if came_too_late(evidence, suspect, node)), None)


def came_too_late(evidence: Evidence, suspect: ColumnKey, node: ColumnKey) -> bool:
    """Return whether the share of late rows upstream equals the share of values a looked-up column has lost."""
    late, both = evidence.flagged_by(suspect, LateRows.name), pair_of_runs(evidence, node)
    if late is None or late.value is None or both is None:
        return False
    lost = both.now.missing_share - both.then.missing_share
    return abs(lost - late.value) <= max(MAX_RELATIVE_DIFFERENCE * late.value, MAX_SHARE_DIFFERENCE)
