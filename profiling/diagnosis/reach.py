"""Which faint shifts can be part of a finding: in a run of a hundred thousand columns, most have nobody to follow."""

from __future__ import annotations

from collections.abc import Iterable

from profiling.diagnosis.graph import StageGraph
from profiling.model import ShiftRecord, TableKey


def within_reach(shifts: Iterable[ShiftRecord], graph: StageGraph) -> list[ShiftRecord]:
    """Return the shifts of tables that share an ancestor with a table in which something is at least worth a look.

    Faults travel down from a table to those made of it. Where neither a table nor its ancestors nor anything made of
    them has a shift that reaches the digest, its flags are chance, and no profile need be read for them.
    """
    records = list(shifts)
    above = {table: _ancestors(table, graph) for table in {record.key.table_key for record in records}}
    loud = {record.key.table_key for record in records if record.severity.rank > 0}
    reached: set[TableKey] = set().union(*(above[table] for table in loud))
    found = {table for table in above if above[table] & reached}
    # A table that joins two families makes one of them.
    while True:
        reached = reached.union(*(above[table] for table in found))
        more = {table for table in above if above[table] & reached}
        if more == found:
            return [record for record in records if record.key.table_key in found]
        found = more


def _ancestors(table: TableKey, graph: StageGraph) -> set[TableKey]:
    """Return the table and every table it is made of, near or far."""
    found = {table}
    waiting = [table]
    while waiting:
        for parent in graph.table_parents(waiting.pop()):
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found
