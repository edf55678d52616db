"""Whether what is wrong with one node can be the cause of what is wrong with another, downstream of it."""

from __future__ import annotations

from collections.abc import Mapping

from stageprint.diagnosis.concerns import is_about, is_flagged_for, is_flagged_only_for, is_harmless
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.own_signature import (
    MIN_FIT_OWN_SIGNATURE,
    NULLS,
    SCALED_OR_MOVED,
    best_signature,
    certain_signatures,
    has_own_signature,
    is_computed,
    shares_signature,
)
from stageprint.diagnosis.strength import Strength
from stageprint.diagnosis.volume import flow, key_growth, tables, volume_moved
from stageprint.model import TABLE_LEVEL, ColumnKey, Concern
from stageprint.shifts.table.stale import Stale
from stageprint.shifts.upstream.upstream_surplus import UpstreamSurplus

MIN_EFFECT_SHARE = 0.25
"""A node below the alert level is a cause only where its effect is at least this share of the other node's."""

MIN_EFFECT_SHARE_OF_TABLE = 0.05
"""The same for a table: losing a third of its rows has a small effect beside a label that every one of them carried."""


def can_reach(evidence: Evidence, parent: ColumnKey, child: ColumnKey) -> bool:
    """Return whether a parent's fault can reach the child at all; a column's always can."""
    if parent.column != TABLE_LEVEL:
        return True
    if child.column == TABLE_LEVEL:
        # A changed schema upstream does not change the number of rows or keys.
        columns = is_flagged_only_for(evidence, parent, Concern.SCHEMA, Concern.STORAGE)
        return not (columns and volume_moved(evidence, child))
    return any(
        not is_harmless(shift) and not is_about(shift, Concern.STORAGE, Concern.MODEL_QUALITY)
        for shift in evidence.flagged_shifts(parent)
    )


def is_strong_enough(
    evidence: Evidence, parent: ColumnKey, child: ColumnKey, strengths: Mapping[ColumnKey, Strength]
) -> bool:
    """Return whether a parent is alerting, or its effect is large enough beside the child's to have caused that."""
    alerting = strengths[parent].deterministic or evidence.severity(parent).rank > 0
    enough = MIN_EFFECT_SHARE_OF_TABLE if parent.column == TABLE_LEVEL else MIN_EFFECT_SHARE
    return alerting or strengths[parent].effect >= enough * strengths[child].effect


def passes_rows(evidence: Evidence, table: ColumnKey, quiet: ColumnKey) -> bool:
    """Return whether a quiet table passes on the missing or repeated rows of a table upstream of it."""
    if not volume_moved(evidence, table):
        return not evidence.flagged_shifts(table)
    if key_growth(evidence, table.table_key) is not None and key_growth(evidence, quiet.table_key) is not None:
        return True
    sides = [tables(evidence, one.table_key) for one in (table, quiet)]
    changes = [0.0 if both is None or not both[0].rows else both[1].rows / both[0].rows - 1 for both in sides]
    return changes[0] * changes[1] > 0 and abs(changes[1]) >= abs(changes[0]) / 2


def passes_nulls(evidence: Evidence, parent: ColumnKey, child: ColumnKey) -> bool:
    """Return whether a column's new nulls, if it has any, can come from its parent column."""
    if not is_flagged_for(evidence, child, Concern.MISSING_VALUES):
        return True
    if is_flagged_for(evidence, parent, Concern.MISSING_VALUES, Concern.SCHEMA):
        return True  # values of another type may no longer be readable
    if evidence.severity(parent).rank == 0:
        return False
    best = best_signature(evidence, child)
    return best is None or best.cause.name != NULLS or best.fit.score < MIN_FIT_OWN_SIGNATURE


def is_too_faint_to_explain(evidence: Evidence, parent: ColumnKey, child: ColumnKey) -> bool:
    """Return whether a child computed from a column shows a certain signature that this quiet parent lacks."""
    if evidence.severity(parent).rank > 0 or not is_computed(evidence, child):
        return False
    mine = certain_signatures(evidence, child)
    return bool(mine) and not shares_signature(evidence, parent, mine)


def table_can_show_in(evidence: Evidence, table: ColumnKey, node: ColumnKey) -> bool:
    """Return whether the fault of a whole upstream table can show in a column like this one.

    Rows missing from the looked-up side of a join leave nulls; rows missing from the side that is kept do not.
    """
    found = flow(evidence, node.table_key)
    looked_up = found is not None and found.source != table.table_key
    best = best_signature(evidence, node)
    if (
        best is not None
        and best.cause.name in SCALED_OR_MOVED
        and is_computed(evidence, node)
        and volume_moved(evidence, table)
    ):
        return True  # a sum over duplicated rows is twice as large
    return not has_own_signature(evidence, node, spared=(NULLS,) if looked_up else ())


def only_repeats(evidence: Evidence, table: ColumnKey, node: ColumnKey) -> bool:
    """Return whether a column merely holds its values more often, as repeated rows of its table do."""
    only = all(shift.statistic == UpstreamSurplus.name for shift in evidence.flagged_shifts(node))
    return only and is_flagged_for(evidence, table, Concern.DUPLICATES)


def is_stale(evidence: Evidence, table: ColumnKey) -> bool:
    """Return whether a table repeats the run before, so that look-ups for its rows find nothing any more."""
    return evidence.flagged_by(table, Stale.name) is not None
