"""Whether a flagged column shows a signature of its own, or may merely follow something upstream."""

from __future__ import annotations

from stageprint.diagnosis.base import Candidate, candidates
from stageprint.diagnosis.concerns import is_flagged_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import pair
from stageprint.model import TABLE_LEVEL, ColumnKey, Concern
from stageprint.shifts.upstream.upstream_surplus import UpstreamSurplus

NULLS = "null_spike"
"""The one signature that rows lost upstream do leave: a join without a match yields nulls."""

SCALED_OR_MOVED = frozenset({"unit_change", "offset"})
"""Signatures that a column also shows when the rows at one end of its range are lost."""

MIN_FIT_OWN_SIGNATURE = 0.8
"""Minimum fit of a signature that counts as the column's own although its table lost or gained rows."""

MIN_FIT_CERTAIN_SIGNATURE = 0.88
"""Minimum fit of a signature that counts as a computed column's own although a column upstream shows another."""


def best_signature(evidence: Evidence, node: ColumnKey) -> Candidate | None:
    """Return the best-fitting cause of a node that has a signature, or None."""
    return next((candidate for candidate in candidates(evidence, node) if candidate.cause.signature), None)


def certain_signatures(evidence: Evidence, node: ColumnKey) -> set[str]:
    """Return the names of a column's clear signatures if the best one lies in its values and is certain, else none."""
    best = best_signature(evidence, node)
    if (
        best is None
        or best.fit.score < MIN_FIT_CERTAIN_SIGNATURE
        or not (best.cause.of_values or best.cause.name == NULLS)
    ):
        return set()
    clear = (
        one for one in candidates(evidence, node) if one.cause.signature and one.fit.score >= MIN_FIT_OWN_SIGNATURE
    )
    return {one.cause.name for one in clear}


def has_own_signature(evidence: Evidence, node: ColumnKey, spared: tuple[str, ...]) -> bool:
    """Return whether a column has a signature that rows lost or gained elsewhere cannot leave.

    Args:
        evidence: The run.
        node: The column.
        spared: Causes that do not count, since the table in question can leave their signature.
    """
    best = best_signature(evidence, node)
    if best is None or best.cause.name in spared:
        return False
    if best.cause.name == NULLS and evidence.flagged_by(node, UpstreamSurplus.name) is not None:
        return True  # values were lost on the way from the column upstream, which a change of the rows does not do
    if best.fit.score < MIN_FIT_OWN_SIGNATURE:
        return False
    if best.cause.name == NULLS:
        return True
    both = pair(evidence, node)
    # A column that looks scaled may be the lower half of the earlier one.
    selected = both is not None and both.cdfs is not None and both.selected <= max(both.tolerance, both.ks / 4)
    return best.cause.of_values and not (selected and best.cause.name in SCALED_OR_MOVED)


def shares_signature(evidence: Evidence, suspect: ColumnKey, signatures: set[str]) -> bool:
    """Return whether an upstream suspect has one of these signatures, or one that leaves nulls downstream."""
    leaves_nulls = suspect.column == TABLE_LEVEL or is_flagged_for(evidence, suspect, Concern.MISSING_VALUES)
    theirs = best_signature(evidence, suspect)
    return (NULLS in signatures and leaves_nulls) or (theirs is not None and theirs.cause.name in signatures)


def is_computed(evidence: Evidence, node: ColumnKey) -> bool:
    """Return whether a column comes from columns of other names only, and so may be a sum or a count of rows."""
    parents = evidence.graph.column_parents(node)
    return all(parent.column.casefold() != node.column.casefold() for parent in parents)
