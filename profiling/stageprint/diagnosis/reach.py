"""Finds the faint shifts that can be part of a finding: most of a large run's have no alerting relative."""

from __future__ import annotations

from collections.abc import Iterable

from stageprint.diagnosis.graph import StageGraph
from stageprint.model import ShiftRecord, TableKey


def families(shifts: Iterable[ShiftRecord], graph: StageGraph) -> list[list[ShiftRecord]]:
    """Return the shifts family by family; those of a family in which nothing is at least worth a look are left out.

    Tables are of one family where they share an ancestor, near or far, or a third table joins them. Faults travel down
    from a table to those made of it, and never from family to family. Where no shift of a family reaches the digest,
    its flags are chance, and no profile need be read for them.
    """
    records = list(shifts)
    known: dict[TableKey, TableKey] = {}
    for table in {record.key.table_key: None for record in records}:
        first, *others = (_family(above, known) for above in _ancestors(table, graph))
        known.update(dict.fromkeys(others, first))
    found: dict[TableKey, list[ShiftRecord]] = {}
    for record in records:
        found.setdefault(_family(record.key.table_key, known), []).append(record)
    return [family for family in found.values() if any(record.severity.rank > 0 for record in family)]


def _family(table: TableKey, known: dict[TableKey, TableKey]) -> TableKey:
    """Return the table that stands for a table's family: the end of the way through `known`."""
    way = []
    while (above := known.get(table, table)) != table:
        way.append(table)
        table = above
    known.update(dict.fromkeys(way, table))
    return table


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
