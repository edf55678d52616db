"""Finds the training, evaluation, serving and predictions tables that belong to a table, by their stages' roles."""

from __future__ import annotations

from stageprint.config.stages import Role
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.shares import total_variation
from stageprint.features.distribution import kolmogorov_smirnov
from stageprint.model import ColumnKey, TableKey


def beside(evidence: Evidence, table: TableKey, role: Role) -> TableKey | None:
    """Return the table of a role that shares most columns with a table, of the same name first; None without one."""
    graph = evidence.graph
    mine = {name.casefold() for name in graph.columns(table)}

    def shared(other: TableKey) -> tuple[bool, int]:
        return other.table == table.table, len(mine & {name.casefold() for name in graph.columns(other)})

    others = [key for stage in graph.stages if graph.role(stage) == role for key in graph.tables(stage) if key != table]
    best = max(others, key=shared, default=None)
    return best if best is not None and shared(best)[1] > 0 else None


def namesake(evidence: Evidence, column: ColumnKey, table: TableKey) -> ColumnKey | None:
    """Return the column of the same name in another table, or None."""
    names = evidence.graph.columns(table)
    found = next((name for name in names if name.casefold() == column.column.casefold()), None)
    return None if found is None else table.column(found)


def apart(one: Facts, other: Facts) -> float | None:
    """Return the distance of two columns of one name: KS of numbers, total variation of labels; None of other kinds."""
    if one.numeric and other.numeric and one.cdf is not None and other.cdf is not None:
        return kolmogorov_smirnov(one.cdf, other.cdf)
    if one.labels and other.labels and not one.numeric and not other.numeric:
        return max(0.0, total_variation(one.labels, other.labels) - one.slack - other.slack)
    return None


def statistics(evidence: Evidence, origin: ColumnKey) -> frozenset[str]:
    """Return the names of the statistics that a node is flagged by."""
    return frozenset(shift.statistic for shift in evidence.flagged_shifts(origin))
