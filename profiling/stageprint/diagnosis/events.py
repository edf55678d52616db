"""Events: what happens once, such as a new type, is told once and is the state that later runs are compared with."""

from __future__ import annotations

from stageprint.diagnosis.concerns import is_flagged_only_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import pair_of_runs
from stageprint.model import TABLE_LEVEL, ColumnKey, Concern


def has_type(evidence: Evidence, column: ColumnKey) -> bool:
    """Return whether a column has values in the reference run and now: without any, its type says nothing.

    A file without a schema gives a column of nulls any type. True where a profile is not known.
    """
    return all(
        profile is None or has_values(Facts.of(profile))
        for profile in (evidence.reference(column), evidence.column(column))
    )


def has_values(facts: Facts) -> bool:
    """Return whether a row is not null: of lists and records nothing else is known."""
    return facts.rows > facts.nulls


def is_no_event(evidence: Evidence, node: ColumnKey) -> bool:
    """Return whether a table is flagged for nothing but the types of columns that have no values on one side."""
    if node.column != TABLE_LEVEL or not is_flagged_only_for(evidence, node, Concern.SCHEMA):
        return False
    then, now = evidence.reference_table(node.table_key), evidence.table(node.table_key)
    if then is None or now is None:
        return False
    before = {field.name: field.data_type for field in then.schema}
    after = {field.name: field.data_type for field in now.schema}
    if list(before) != list(after):
        return False
    changed = [name for name in before if before[name] != after[name]]
    return bool(changed) and not any(has_type(evidence, node.table_key.column(name)) for name in changed)


def loses_values(evidence: Evidence, node: ColumnKey) -> bool:
    """Return whether a column has more missing values than before: that is a state, whatever event brought it."""
    both = None if node.column == TABLE_LEVEL else pair_of_runs(evidence, node)
    return both is not None and both.missing_change >= both.missing_step
