"""Which flagged node passes on whose fault: every suspect's nearest guilty parent, or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stageprint.diagnosis.base import Candidate, candidates
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.graph import table_node
from stageprint.diagnosis.pair import pair, pair_of_runs
from stageprint.diagnosis.volume import flow, key_growth, tables, volume_moved
from stageprint.model import TABLE_LEVEL, ColumnKey, ShiftRecord, TableKey

PHYSICAL = frozenset({"bytes", "files"})
"""Statistics of how a table is stored: a compaction moves them and harms nothing."""

MISSING = frozenset({"null_share", "nan_share", "never_null", "nulls_gone", "all_null", "upstream_null"})
"""Statistics of values that are missing."""

TYPE = "type_changed"
"""The statistic of a column whose values may no longer be readable behind it."""

MOVES = frozenset({"unit_change", "offset"})
"""Signatures that leaving out one end of a column leaves as well."""

KEYS_ALONE = frozenset({"retention", "new_keys"})
"""Statistics of a table that other values in one column of its key move."""

ENDS = "upstream_ends"
"""The rule of a table that begins and ends elsewhere than the table upstream does."""

MADE = frozenset({"upstream_foreign", "unseen_share", "fixed_labels", "type_changed"})
"""Statistics of values that were not there before, or upstream."""

SURPLUS = frozenset({"upstream_surplus"})
"""The rule of values, or nulls, that come more often than in the column upstream."""

REPEATED = frozenset({"unique_key", "duplicate_rows", "fan_out"})
"""Statistics of a table whose rows come several times."""

SCHEMA = "schema_"
"""How the names of the rules of a table's columns begin."""

STALE = "stale"
"""The statistic of a table that repeats the run before."""

QUALITY = frozenset({"accuracy", "auc", "log_loss"})
"""Statistics of how well a model answers: what anything before it, or its own columns, can spoil."""

AGED = frozenset({"holdout_age", "stale"})
"""Statistics of a table whose time ends early: rows that did not come upstream end it as well."""

MIXED = frozenset({"time_order", ENDS})
"""Statistics of a table whose rows are of another time: where a clock upstream is off, so are these."""

LATE = "late_rows"
"""The rule of event times, a part of which lie before the others: what is looked up for those rows is not there."""

AS_MANY = 0.25
"""Relative difference within which a share of late rows and one of nulls agree, …"""

AS_MANY_POINTS = 0.02
"""… or this difference."""

NULLS = "null_spike"
"""The one signature that lost rows upstream do leave behind: a join without a match."""

HARMLESS = frozenset({"schema_added", "schema_reordered"})
"""Statistics of a table that move none of its columns' values."""

FAINT = 0.25
"""A node below the alert level is guilty only where its effect is at least this share of the child's."""

FAINT_TABLE = 0.05
"""The same for a table: a third of its rows weigh little beside a label that all of them carried."""

OWN_SIGNATURE = 0.8
"""From this fit on a column's own signature stands although its table lost or gained rows."""

CERTAIN_SIGNATURE = 0.88
"""From this fit on a derived column's own signature stands beside another one upstream."""


LOOKED_AT = 64
"""Columns of one table, the strongest first, whose signatures are read; what moves more is no single column's."""


@dataclass(frozen=True, slots=True, order=True)
class Strength:
    """How strongly a node is flagged; compares in the order in which ties are broken."""

    deterministic: bool
    effect: float
    score: float

    @classmethod
    def of(cls, shifts: Iterable[ShiftRecord]) -> Strength:
        """Return the strength of a node with these shifts."""
        records = tuple(shifts)
        return cls(
            any(shift.deterministic for shift in records),
            max((shift.effect or 0.0 for shift in records), default=0.0),
            max((shift.score or 0.0 for shift in records), default=0.0),
        )


@dataclass(frozen=True, slots=True)
class Links:
    """The suspects, how strong each is, and who passes a fault on to whom.

    Attributes:
        strengths: Every suspect with its strength, sources first.
        parent: The guilty parent of a suspect; None for an origin.
    """

    strengths: Mapping[ColumnKey, Strength]
    parent: Mapping[ColumnKey, ColumnKey | None]

    @property
    def origins(self) -> tuple[ColumnKey, ...]:
        """The suspects without a guilty parent."""
        return tuple(node for node, parent in self.parent.items() if parent is None)

    def origin_of(self, node: ColumnKey) -> ColumnKey:
        """Return the origin a suspect's fault comes from."""
        above = self.parent[node]
        while above is not None:
            node, above = above, self.parent[above]
        return node


def suspects(evidence: Evidence) -> dict[ColumnKey, Strength]:
    """Return the flagged nodes with their strength, sources first."""
    found = {}
    for node in evidence.flagged:
        shifts = evidence.flagged_shifts(node)
        if any(shift.statistic not in PHYSICAL or shift.deterministic for shift in shifts):
            found[node] = Strength.of(shifts)
    depth = evidence.graph.depth
    # Within a stage tables come before their columns, whose parents they are.
    return dict(sorted(found.items(), key=lambda item: (depth(item[0].stage), item[0].column != TABLE_LEVEL, item[0])))


def link(evidence: Evidence) -> Links:
    """Return the suspects with the nearest guilty parent of each."""
    strengths = suspects(evidence)
    by_table: dict[TableKey, list[ColumnKey]] = {}
    for node in strengths:
        by_table.setdefault(node.table_key, []).append(node)
    for table, nodes in by_table.items():
        # Tables first, then the strongest columns.
        by_table[table] = sorted(nodes, key=lambda node: (node.column == TABLE_LEVEL, strengths[node]), reverse=True)
    parent: dict[ColumnKey, ColumnKey | None] = {}
    rewritten = {table: key for table in strengths if (key := _rewritten_key(evidence, table, strengths)) is not None}
    heard = {node: strength for node, strength in strengths.items() if node not in rewritten}
    for node in strengths:
        followed = _followed(evidence, node, strengths, by_table) if node.column == TABLE_LEVEL else None
        above = heard if node in rewritten.values() else strengths
        if parent.get(table_node(node.table_key)) == node:
            # The table follows this column: it cannot be to blame for it as well.
            above = {other: strength for other, strength in above.items() if other != table_node(node.table_key)}
        parent[node] = (
            followed
            or rewritten.get(node)
            or _late_rows_of(evidence, node, by_table)
            or _guilty(evidence, node, above, by_table)
        )
    return Links(strengths, parent)


def _guilty(
    evidence: Evidence,
    node: ColumnKey,
    strengths: Mapping[ColumnKey, Strength],
    by_table: Mapping[TableKey, list[ColumnKey]],
) -> ColumnKey | None:
    graph = evidence.graph
    above = [
        parent
        for parent in _parents(evidence, node, strengths)
        if parent in strengths and _carries(evidence, parent, node) and _audible(evidence, parent, node, strengths)
    ]
    columns = [
        parent
        for parent in above
        if parent.column != TABLE_LEVEL
        and _passes_nulls(evidence, parent, node)
        and not _only_murmurs(evidence, parent, node)
    ]
    if columns:
        return max(columns, key=lambda key: strengths[key])
    if above and node.column != TABLE_LEVEL and node not in by_table[node.table_key][: LOOKED_AT + 1]:
        return max(above, key=lambda key: strengths[key])
    tables = [parent for parent in above if parent.column == TABLE_LEVEL]
    own = [parent for parent in tables if parent.table_key == node.table_key]
    upstream = [parent for parent in tables if parent.table_key != node.table_key]
    if own:
        spared = (NULLS,) if _old(evidence, own[0]) else ()
        if _only_repeated(evidence, own[0], node) or not _stands_alone(evidence, node, spared):
            return own[0]
    if node.column != TABLE_LEVEL:
        upstream = [parent for parent in upstream if _passes_on(evidence, parent, node)]
    if upstream:
        return max(upstream, key=lambda key: strengths[key])
    if graph.is_derived(node):
        return _likely_source(evidence, node, strengths, by_table, graph.table_parents(node.table_key))
    return _likely_source(evidence, node, strengths, by_table, _looked_up_for(evidence, node))


def _followed(
    evidence: Evidence,
    node: ColumnKey,
    strengths: Mapping[ColumnKey, Strength],
    by_table: Mapping[TableKey, list[ColumnKey]],
) -> ColumnKey | None:
    """Return the suspect that a table follows which is flagged for nothing but what others can spoil.

    How well a model answers: its own columns, else whatever is nearest upstream. When a table's time ends: a table
    upstream, near or far, whose rows moved. Rows of another time: the event times, here or upstream, that are wrong.
    """
    flagged = {shift.statistic for shift in evidence.flagged_shifts(node)}
    if not any(flagged <= spoilt for spoilt in (QUALITY, AGED, MIXED)):
        return None

    def spoils(suspect: ColumnKey) -> bool:
        if flagged <= QUALITY:
            return suspect != node
        if flagged <= AGED:
            return suspect.column == TABLE_LEVEL and volume_moved(evidence, suspect)
        return _is_clock_off(evidence, suspect)

    tables = list(evidence.graph.table_parents(node.table_key)) if flagged <= AGED else [node.table_key]
    seen: set[TableKey] = set()
    while tables:
        found = [suspect for table in tables for suspect in by_table.get(table, ()) if spoils(suspect)]
        if found:
            return max(found, key=lambda key: strengths[key])
        seen.update(tables)
        above = (parent for table in tables for parent in evidence.graph.table_parents(table))
        tables = [table for table in dict.fromkeys(above) if table not in seen]
    return None


def _parents(evidence: Evidence, node: ColumnKey, strengths: Mapping[ColumnKey, Strength]) -> dict[ColumnKey, None]:
    """Return a node's parents; in place of a quiet table above it, the flagged ones whose rows it passes on."""
    found: dict[ColumnKey, None] = {}
    waiting = list(evidence.graph.parents(node))
    while waiting:
        parent = waiting.pop(0)
        found[parent] = None
        if parent.column == TABLE_LEVEL and parent not in strengths and parent.table_key != node.table_key:
            above = [table_node(table) for table in evidence.graph.table_parents(parent.table_key)]
            waiting += [one for one in above if one not in found and _passes_rows(evidence, one, parent)]
    return found


def _passes_rows(evidence: Evidence, table: ColumnKey, quiet: ColumnKey) -> bool:
    """Return whether a table that is not flagged has the fewer or the repeated rows of one above it that may be."""
    if not volume_moved(evidence, table):
        return not evidence.flagged_shifts(table)
    if key_growth(evidence, table.table_key) is not None and key_growth(evidence, quiet.table_key) is not None:
        return True
    sides = [tables(evidence, one.table_key) for one in (table, quiet)]
    changes = [0.0 if both is None or not both[0].rows else both[1].rows / both[0].rows - 1 for both in sides]
    return changes[0] * changes[1] > 0 and abs(changes[1]) >= abs(changes[0]) / 2


def _rewritten_key(evidence: Evidence, table: ColumnKey, strengths: Mapping[ColumnKey, Strength]) -> ColumnKey | None:
    """Return the column whose values were changed, where that is all that is wrong with a table's keys or range."""
    shifts = [shift for shift in evidence.flagged_shifts(table) if shift.statistic not in PHYSICAL]
    profile = evidence.table(table.table_key) if table.column == TABLE_LEVEL else None
    if not shifts or profile is None:
        return None
    if all(shift.statistic == ENDS for shift in shifts):
        return _moved_clock(evidence, table, strengths)
    if any(shift.statistic not in KEYS_ALONE for shift in shifts):
        return None
    names = {name for key in profile.keys for name in key.split("+")}
    made = [
        node
        for node in strengths
        if node.table_key == table.table_key and node.column in names and _flagged_by(evidence, node, MADE)
    ]
    return max(made, key=lambda node: strengths[node], default=None)


def _moved_clock(evidence: Evidence, table: ColumnKey, strengths: Mapping[ColumnKey, Strength]) -> ColumnKey | None:
    """Return the column of event times, where it is not that some are missing but that all were changed."""
    name = evidence.graph.event_time(table.table_key)
    node = None if name is None else ColumnKey(table.stage, table.table, name)
    return node if node is not None and node in strengths and _is_clock_off(evidence, node) else None


def _is_clock_off(evidence: Evidence, node: ColumnKey) -> bool:
    """Return whether a suspect holds its table's event times, and they were changed or are not the usual ones."""
    if evidence.graph.event_time(node.table_key) != node.column:
        return False
    best = _best_signature(evidence, node)
    return best is not None and best.fit.score >= OWN_SIGNATURE and best.cause.name != NULLS


def _looked_up_for(evidence: Evidence, node: ColumnKey) -> tuple[TableKey, ...]:
    """Return the table whose rows a column was looked up for in another one; empty where it comes along with the rows.

    Which values are looked up depends on the rows: other rows, other values.
    """
    found = flow(evidence, node.table_key) if node.column != TABLE_LEVEL else None
    if found is None or any(parent.table_key == found.source for parent in evidence.graph.column_parents(node)):
        return ()
    return (found.source,)


def _carries(evidence: Evidence, parent: ColumnKey, child: ColumnKey) -> bool:
    """Return whether what is wrong with a table can reach a column, or another table, at all."""
    if parent.column != TABLE_LEVEL:
        return True
    if child.column == TABLE_LEVEL:
        # Other columns upstream do not change how many rows or keys there are.
        columns = all(shift.statistic.startswith((SCHEMA, *PHYSICAL)) for shift in evidence.flagged_shifts(parent))
        return not (columns and volume_moved(evidence, child))
    return any(shift.statistic not in HARMLESS | PHYSICAL | QUALITY for shift in evidence.flagged_shifts(parent))


def _passes_nulls(evidence: Evidence, parent: ColumnKey, child: ColumnKey) -> bool:
    """Return whether a column's nulls, where it has new ones, can come from its namesake upstream."""
    if not _flagged_by(evidence, child, MISSING) or _flagged_by(evidence, parent, MISSING | {TYPE}):
        return True
    if evidence.severity(parent).rank == 0:
        return False
    best = _best_signature(evidence, child)
    return best is None or best.cause.name != NULLS or best.fit.score < OWN_SIGNATURE


def _only_murmurs(evidence: Evidence, parent: ColumnKey, child: ColumnKey) -> bool:
    """Return whether a column that another is computed from is below every bar, and the other has a sure signature."""
    if evidence.severity(parent).rank > 0 or not _computed(evidence, child):
        return False
    mine = _certain(evidence, child)
    return bool(mine) and not _shows(evidence, parent, mine)


def _certain(evidence: Evidence, node: ColumnKey) -> set[str]:
    """Return the clear signatures of a column the best of which is a sure one of its values; else none."""
    best = _best_signature(evidence, node)
    if best is None or best.fit.score < CERTAIN_SIGNATURE or not (best.cause.of_values or best.cause.name == NULLS):
        return set()
    clear = (one for one in candidates(evidence, node) if one.cause.signature and one.fit.score >= OWN_SIGNATURE)
    return {one.cause.name for one in clear}


def _flagged_by(evidence: Evidence, node: ColumnKey, statistics: frozenset[str]) -> bool:
    return any(shift.statistic in statistics for shift in evidence.flagged_shifts(node))


def _audible(evidence: Evidence, parent: ColumnKey, child: ColumnKey, strengths: Mapping[ColumnKey, Strength]) -> bool:
    loud = strengths[parent].deterministic or evidence.severity(parent).rank > 0
    enough = FAINT_TABLE if parent.column == TABLE_LEVEL else FAINT
    return loud or strengths[parent].effect >= enough * strengths[child].effect


def _passes_on(evidence: Evidence, table: ColumnKey, node: ColumnKey) -> bool:
    """Return whether trouble of a whole upstream table can show in a column like this.

    Rows missing from the side of a join that is looked up leave nulls; rows missing from the side that is kept do not.
    """
    found = flow(evidence, node.table_key)
    looked_up = found is not None and found.source != table.table_key
    best = _best_signature(evidence, node)
    if best is not None and best.cause.name in MOVES and _computed(evidence, node) and volume_moved(evidence, table):
        return True  # a sum over rows that came twice is twice as large
    return not _stands_alone(evidence, node, spared=(NULLS,) if looked_up else ())


def _only_repeated(evidence: Evidence, table: ColumnKey, node: ColumnKey) -> bool:
    """Return whether a column merely has its values more often, as rows that come several times make it."""
    only = all(shift.statistic in SURPLUS for shift in evidence.flagged_shifts(node))
    return only and _flagged_by(evidence, table, REPEATED)


def _computed(evidence: Evidence, node: ColumnKey) -> bool:
    """Return whether a column comes from columns of other names, and so may be a sum or a count of rows."""
    parents = evidence.graph.column_parents(node)
    return all(parent.column.casefold() != node.column.casefold() for parent in parents)


def _old(evidence: Evidence, table: ColumnKey) -> bool:
    """Return whether a table holds rows of the run before: what is looked up for them is not there any more."""
    return _flagged_by(evidence, table, frozenset({STALE}))


def _stands_alone(evidence: Evidence, node: ColumnKey, spared: tuple[str, ...]) -> bool:
    """Return whether a column has a signature that rows lost or gained elsewhere do not leave."""
    best = _best_signature(evidence, node)
    if best is None or best.cause.name in spared:
        return False
    if best.cause.name == NULLS and _flagged_by(evidence, node, SURPLUS):
        return True  # values lost on the way from the column upstream: other rows lose none
    if best.fit.score < OWN_SIGNATURE:
        return False
    if best.cause.name == NULLS:
        return True
    both = pair(evidence, node)
    # What looks like a scaled column may be the lower half of it.
    selected = both is not None and both.cdfs is not None and both.selected <= max(both.tolerance, both.ks / 4)
    return best.cause.of_values and not (selected and best.cause.name in MOVES)


def _best_signature(evidence: Evidence, node: ColumnKey) -> Candidate | None:
    return next((candidate for candidate in candidates(evidence, node) if candidate.cause.signature), None)


def _likely_source(
    evidence: Evidence,
    node: ColumnKey,
    strengths: Mapping[ColumnKey, Strength],
    by_table: Mapping[TableKey, list[ColumnKey]],
    tables: tuple[TableKey, ...],
) -> ColumnKey | None:
    """Return the suspect in these tables, or above them, that a column without a guilty parent most likely follows.

    It was computed from columns that nobody declared, or looked up for other rows than before.

    It must have been flagged for as long as the column. A column that shows a certain signature which none of
    them shows has its own trouble: computing a feature from faulty input seldom leaves a clean signature.
    """
    since = evidence.first_run(node)
    order = {run: place for place, run in enumerate((*evidence.history, evidence.run_id))}
    upstream: list[ColumnKey] = []
    while tables and not upstream:
        upstream = [
            suspect
            for table in tables
            for suspect in by_table.get(table, ())
            if order[evidence.first_run(suspect)] <= order[since] and _audible(evidence, suspect, node, strengths)
        ]
        # What is quiet on the way may only be under the bar.
        tables = tuple(dict.fromkeys(above for table in tables for above in evidence.graph.table_parents(table)))
    mine = _certain(evidence, node)
    if mine:
        upstream = [
            suspect
            for suspect in upstream
            if _shows(evidence, suspect, mine) or (NULLS in mine and _came_too_late(evidence, suspect, node))
        ]
    return max(upstream, key=lambda key: strengths[key], default=None)


def _shows(evidence: Evidence, suspect: ColumnKey, signatures: set[str]) -> bool:
    """Return whether an upstream suspect has one of these troubles, or one that leaves nulls behind."""
    leaves_nulls = suspect.column == TABLE_LEVEL or _flagged_by(evidence, suspect, MISSING)
    theirs = _best_signature(evidence, suspect)
    return (NULLS in signatures and leaves_nulls) or (theirs is not None and theirs.cause.name in signatures)


def _late_rows_of(
    evidence: Evidence, node: ColumnKey, by_table: Mapping[TableKey, list[ColumnKey]]
) -> ColumnKey | None:
    """Return the event times of another table that a column is looked up in, where as many of its rows came late."""
    found = flow(evidence, node.table_key) if _flagged_by(evidence, node, MISSING) else None
    if found is None:
        return None
    tables = dict.fromkeys(parent.table_key for parent in evidence.graph.column_parents(node))
    suspects = (suspect for table in tables if table != found.source for suspect in by_table.get(table, ()))
    return next((suspect for suspect in suspects if _came_too_late(evidence, suspect, node)), None)


def _came_too_late(evidence: Evidence, suspect: ColumnKey, node: ColumnKey) -> bool:
    """Return whether as many rows upstream are of another time as a looked-up column has lost values."""
    late, both = evidence.flagged_by(suspect, LATE), pair_of_runs(evidence, node)
    if late is None or late.value is None or both is None:
        return False
    lost = both.now.missing_share - both.then.missing_share
    return abs(lost - late.value) <= max(AS_MANY * late.value, AS_MANY_POINTS)
