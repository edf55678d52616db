"""Whether a node's shift follows from another node's fault, in kind and size.

Fewer or more rows move no share of a column by more than the share of the rows that came or went. A changed schema
moves the columns that came, went or changed their type, and nothing else. Missing values arrive downstream in about
the same share of the rows.
"""

from __future__ import annotations

from stageprint.diagnosis.concerns import is_flagged_for, is_flagged_only_for
from stageprint.diagnosis.events import has_type
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import Pair, pair_of_runs
from stageprint.diagnosis.volume import flow, tables
from stageprint.model import TABLE_LEVEL, ColumnKey, Concern, TableKey

MAX_SHARE_BEYOND_ROWS = 0.05
"""Maximum share by which a column may have moved beyond what the rows that came or went explain."""

MAX_NULL_RATIO, MAX_NULLS_BEYOND = 2.0, 0.1
"""Maximum loss of values of a column, as a multiple of that of the column it is taken from, and beyond that multiple:
rows with missing values may be the ones that a join keeps."""


def table_predicts(evidence: Evidence, table: ColumnKey, node: ColumnKey) -> bool:
    """Return whether the fault of a whole table, the column's own or one upstream, makes a column move as it did."""
    if is_flagged_only_for(evidence, table, Concern.SCHEMA, Concern.STORAGE) and evidence.flagged_shifts(table):
        return _of_changed_schema(evidence, table.table_key, node)
    if table.table_key != node.table_key or not _only_rows(evidence, table) or evidence.graph.is_derived(node):
        return True
    both, rows = pair_of_runs(evidence, node), share_of_rows(evidence, table.table_key)
    return both is None or rows is None or _moved_by(both) <= rows + _by_chance(both) + MAX_SHARE_BEYOND_ROWS


def column_predicts(evidence: Evidence, parent: ColumnKey, node: ColumnKey) -> bool:
    """Return whether a column downstream lost as many values as the column that it is taken from can have passed on."""
    if evidence.graph.taken_from(node) != parent or is_flagged_for(evidence, parent, Concern.SCHEMA):
        return True
    here, above = pair_of_runs(evidence, node), pair_of_runs(evidence, parent)
    if here is None or above is None or here.missing_change < here.missing_step:
        return True
    return here.missing_change <= MAX_NULL_RATIO * max(above.missing_change, 0.0) + MAX_NULLS_BEYOND


def share_of_rows(evidence: Evidence, table: TableKey) -> float | None:
    """Return the share of a table's rows that came or went, against its reference run or its source; None: unknown."""
    both = tables(evidence, table)
    if both is None or min(both[0].rows, both[1].rows) == 0:
        return None
    ratios = [both[1].rows / both[0].rows]
    found = flow(evidence, table)
    if found is not None and found.retention_then > 0:
        ratios.append(found.retention / found.retention_then)
    return max(1 - min(ratio, 1 / ratio) if ratio > 0 else 1.0 for ratio in ratios)


def changed_columns(evidence: Evidence, table: TableKey) -> set[str]:
    """Return the names of the columns of a table that came, went or changed their type, case-folded."""
    both = tables(evidence, table)
    if both is None:
        return set()
    then, now = ({field.name: field.data_type for field in profile.schema} for profile in both)
    return {
        name.casefold()
        for name in then.keys() | now.keys()
        if then.get(name) != now.get(name)
        and (name not in then or name not in now or has_type(evidence, table.column(name)))
    }


def _of_changed_schema(evidence: Evidence, table: TableKey, node: ColumnKey) -> bool:
    if node.column == TABLE_LEVEL or (evidence.graph.is_derived(node) and table != node.table_key):
        return True
    changed = changed_columns(evidence, table)
    if table == node.table_key:
        return node.column.casefold() in changed
    names = {parent.column.casefold() for parent in evidence.graph.column_parents(node) if parent.table_key == table}
    return not names.isdisjoint(changed) if names else True


def _only_rows(evidence: Evidence, table: ColumnKey) -> bool:
    """Return whether a table is flagged for nothing but rows that came or went: other keys may hold any values."""
    return is_flagged_for(evidence, table, Concern.ROWS) and is_flagged_only_for(
        evidence, table, Concern.ROWS, Concern.DUPLICATES, Concern.SCHEMA, Concern.STORAGE
    )


def _moved_by(both: Pair) -> float:
    """Return the largest share of a column's rows that must have changed; times move on by themselves."""
    values = 0.0 if both.now.temporal else both.ks
    return max(values, both.labels_apart, abs(both.missing_change))


def _by_chance(both: Pair) -> float:
    return max(both.tolerance if both.cdfs is not None else 0.0, both.label_noise if both.then.labels else 0.0)
