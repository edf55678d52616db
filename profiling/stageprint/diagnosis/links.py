"""Finds the upstream cause of each flagged node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stageprint.diagnosis.concerns import is_about
from stageprint.diagnosis.events import is_no_event
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.graph import table_node
from stageprint.diagnosis.onset import began_later, date_shifts, was_there
from stageprint.diagnosis.own_signature import NULLS, certain_signatures, has_own_signature, shares_signature
from stageprint.diagnosis.predicted import column_predicts, table_predicts
from stageprint.diagnosis.propagation import (
    can_reach,
    is_stale,
    is_strong_enough,
    is_too_faint_to_explain,
    only_repeats,
    passes_nulls,
    passes_rows,
    table_can_show_in,
)
from stageprint.diagnosis.redirects import (
    came_too_late,
    changed_column_behind,
    followed_suspect,
    late_event_times,
    source_of_lookup,
)
from stageprint.diagnosis.strength import Strength
from stageprint.model import TABLE_LEVEL, ColumnKey, Concern, TableKey

MAX_COLUMNS_DIAGNOSED = 64
"""Columns of one table, the strongest first, whose signatures are read: where more moved, none of them is the cause."""


@dataclass(frozen=True, slots=True)
class Links:
    """The suspects, how strongly each is flagged, and the upstream cause of each.

    Attributes:
        strengths: Every suspect with its strength, sources first.
        parent: The node that a suspect got its fault from; None for an origin.
    """

    strengths: Mapping[ColumnKey, Strength]
    parent: Mapping[ColumnKey, ColumnKey | None]

    @property
    def origins(self) -> tuple[ColumnKey, ...]:
        """The suspects without an upstream cause."""
        return tuple(node for node, parent in self.parent.items() if parent is None)

    def origin_of(self, node: ColumnKey) -> ColumnKey:
        """Return the origin of a suspect's fault."""
        above = self.parent[node]
        while above is not None:
            node, above = above, self.parent[above]
        return node


def suspects(evidence: Evidence) -> dict[ColumnKey, Strength]:
    """Return the flagged nodes with their strength, sources first."""
    found = {}
    for node in evidence.flagged:
        shifts = evidence.flagged_shifts(node)
        told = any(not is_about(shift, Concern.STORAGE) or shift.deterministic for shift in shifts)
        if told and not is_no_event(evidence, node):
            found[node] = Strength.of(shifts)
    depth = evidence.graph.depth
    # Within a stage tables come before their columns, whose parents they are.
    return dict(sorted(found.items(), key=lambda item: (depth(item[0].stage), item[0].column != TABLE_LEVEL, item[0])))


def link(evidence: Evidence) -> Links:
    """Return the suspects with the nearest upstream cause of each."""
    strengths = suspects(evidence)
    date_shifts(evidence, strengths)
    by_table: dict[TableKey, list[ColumnKey]] = {}
    for node in strengths:
        by_table.setdefault(node.table_key, []).append(node)
    for table, nodes in by_table.items():
        # Tables first, then the strongest columns.
        by_table[table] = sorted(nodes, key=lambda node: (node.column == TABLE_LEVEL, strengths[node]), reverse=True)
    parent: dict[ColumnKey, ColumnKey | None] = {}
    changed_key = {
        table: key for table in strengths if (key := changed_column_behind(evidence, table, strengths)) is not None
    }
    others = {node: strength for node, strength in strengths.items() if node not in changed_key}
    for node in strengths:
        followed = followed_suspect(evidence, node, strengths, by_table) if node.column == TABLE_LEVEL else None
        above = others if node in changed_key.values() else strengths
        if parent.get(table_node(node.table_key)) == node:
            # The table follows this column, so it cannot be the cause of it as well.
            above = {other: strength for other, strength in above.items() if other != table_node(node.table_key)}
        parent[node] = (
            followed
            or changed_key.get(node)
            or late_event_times(evidence, node, by_table)
            or _upstream_cause(evidence, node, above, by_table)
        )
    return Links(strengths, parent)


def _upstream_cause(
    evidence: Evidence,
    node: ColumnKey,
    strengths: Mapping[ColumnKey, Strength],
    by_table: Mapping[TableKey, list[ColumnKey]],
) -> ColumnKey | None:
    graph = evidence.graph
    above = [
        parent
        for parent in _parents(evidence, node, strengths)
        if parent in strengths
        and can_reach(evidence, parent, node)
        and began_with(evidence, parent, node)
        and is_strong_enough(evidence, parent, node, strengths)
    ]
    columns = [
        parent
        for parent in above
        if parent.column != TABLE_LEVEL
        and passes_nulls(evidence, parent, node)
        and column_predicts(evidence, parent, node)
        and not is_too_faint_to_explain(evidence, parent, node)
    ]
    if columns:
        return max(columns, key=lambda key: strengths[key])
    if above and node.column != TABLE_LEVEL and node not in by_table[node.table_key][: MAX_COLUMNS_DIAGNOSED + 1]:
        return max(above, key=lambda key: strengths[key])
    tables = [parent for parent in above if parent.column == TABLE_LEVEL and table_predicts(evidence, parent, node)]
    own = [parent for parent in tables if parent.table_key == node.table_key]
    upstream = [parent for parent in tables if parent.table_key != node.table_key]
    if own:
        spared = (NULLS,) if is_stale(evidence, own[0]) else ()
        if only_repeats(evidence, own[0], node) or not has_own_signature(evidence, node, spared):
            return own[0]
    if node.column != TABLE_LEVEL:
        upstream = [parent for parent in upstream if table_can_show_in(evidence, parent, node)]
    if upstream:
        return max(upstream, key=lambda key: strengths[key])
    if graph.is_derived(node):
        return _likely_source(evidence, node, strengths, by_table, graph.table_parents(node.table_key))
    return _likely_source(evidence, node, strengths, by_table, source_of_lookup(evidence, node))


def began_with(evidence: Evidence, parent: ColumnKey, node: ColumnKey) -> bool:
    """Return whether a parent's shift was there when the node's began, and the node's when the parent's did."""
    return was_there(evidence, parent, evidence.first_run(node)) and not began_later(evidence, node, parent)


def _parents(evidence: Evidence, node: ColumnKey, strengths: Mapping[ColumnKey, Strength]) -> dict[ColumnKey, None]:
    """Return a node's parents; a parent table that is not flagged also brings in the tables whose rows it passes on."""
    found: dict[ColumnKey, None] = {}
    waiting = list(evidence.graph.parents(node))
    while waiting:
        parent = waiting.pop(0)
        found[parent] = None
        if parent.column == TABLE_LEVEL and parent not in strengths and parent.table_key != node.table_key:
            above = [table_node(table) for table in evidence.graph.table_parents(parent.table_key)]
            waiting += [one for one in above if one not in found and passes_rows(evidence, one, parent)]
    return found


def _likely_source(
    evidence: Evidence,
    node: ColumnKey,
    strengths: Mapping[ColumnKey, Strength],
    by_table: Mapping[TableKey, list[ColumnKey]],
    tables: tuple[TableKey, ...],
) -> ColumnKey | None:
    """Return the suspect in these tables, or upstream of them, that most likely caused a column's fault.

    For a column that no parent explains: it is computed from columns that nobody declared, or looked up for other rows
    than before. The suspect must have been flagged for at least as long as the column. A column with a certain
    signature that no suspect shares is an origin itself: a feature computed from faulty input seldom leaves a clean
    signature.
    """
    since = evidence.first_run(node)
    order = {run: place for place, run in enumerate((*evidence.history, evidence.run_id))}
    upstream: list[ColumnKey] = []
    while tables and not upstream:
        upstream = [
            suspect
            for table in tables
            for suspect in by_table.get(table, ())
            if order[evidence.first_run(suspect)] <= order[since]
            and not began_later(evidence, node, suspect)
            and is_strong_enough(evidence, suspect, node, strengths)
        ]
        # A table on the way may be affected without being flagged.
        tables = tuple(dict.fromkeys(above for table in tables for above in evidence.graph.table_parents(table)))
    mine = certain_signatures(evidence, node)
    if mine:
        upstream = [
            suspect
            for suspect in upstream
            if shares_signature(evidence, suspect, mine) or (NULLS in mine and came_too_late(evidence, suspect, node))
        ]
    return max(upstream, key=lambda key: strengths[key], default=None)
