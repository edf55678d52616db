"""Along which edges a finding's problem travelled, and who says that there is such an edge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from stageprint.diagnosis.graph import StageGraph
from stageprint.model import TABLE_LEVEL, ColumnKey
from stageprint.model.lineage import SAME_KEYS, SAME_NAME, LineageEdge

MAX_EDGES_NAMED: Final = 20
"""Maximum number of edges that a finding names."""


def edges_into(graph: StageGraph, node: ColumnKey) -> Iterator[LineageEdge]:
    """Yield the edges into a column or a table, each with who says so; none from a column's own table.

    Args:
        graph: The graph.
        node: A column, or the node of a whole table.
    """
    if node.column != TABLE_LEVEL:
        told = graph.lineage.columns.get(node, {})
        for parent in graph.column_parents(node):
            yield LineageEdge(parent, node, told.get(parent, (SAME_NAME,)))
        return
    table = node.table_key
    of_tables = graph.lineage.tables.get(table, {})
    of_columns: dict[ColumnKey, set[str]] = {}
    for column in graph.nodes(table):
        told = graph.lineage.columns.get(column, {})
        for parent in graph.column_parents(column):
            of_columns.setdefault(parent.table_key.level, set()).update(told.get(parent, (SAME_NAME,)))
    for above in graph.table_parents(table):
        said = {*of_tables.get(above, ()), *of_columns.get(above.level, ())} or {SAME_KEYS}
        yield LineageEdge(above.level, node, tuple(sorted(said)))


def edges_between(graph: StageGraph, nodes: Iterable[ColumnKey]) -> list[dict[str, Any]]:
    """Return the edges between the nodes of a finding, as its evidence keeps them: ``from``, ``to`` and ``said_by``."""
    known = dict.fromkeys(nodes)
    found = (edge for node in known for edge in edges_into(graph, node) if edge.parent in known)
    return [
        {"from": str(edge.parent), "to": str(edge.child), "said_by": list(edge.said_by)}
        for edge in islice(found, MAX_EDGES_NAMED)
    ]
