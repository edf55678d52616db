"""Lineage: which column and which table another one is made from, and who says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from stageprint.model.keys import ColumnKey, TableKey

DECLARED: Final = "declared"
"""``derived_from`` of the configuration says so."""

OPENLINEAGE: Final = "openlineage"
DBT: Final = "dbt"
UNITY_CATALOG: Final = "unity_catalog"

SAME_NAME: Final = "same name"
"""Nobody says so; the column upstream has the same name."""

SAME_KEYS: Final = "same keys"
"""Nobody says so, or ``retention`` does; the table upstream has the keys whose rows this one keeps."""


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """A column or table that another one is made from.

    Attributes:
        parent: Where it comes from.
        child: What is made from it; both are columns, or both are tables (`TABLE_LEVEL`).
        said_by: Who says so, such as `DECLARED` or `OPENLINEAGE`; sorted.
    """

    parent: ColumnKey
    child: ColumnKey
    said_by: tuple[str, ...]


@dataclass(frozen=True)
class Lineage:
    """What is recorded of a pipeline's tables and columns outside its configuration.

    Attributes:
        columns: Column → the columns upstream that it is computed from → who says so.
        tables: Table → the tables upstream that it is made from → who says so.
        notes: What was left out, in sentences.
    """

    columns: Mapping[ColumnKey, Mapping[ColumnKey, tuple[str, ...]]] = field(default_factory=dict)
    tables: Mapping[TableKey, Mapping[TableKey, tuple[str, ...]]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def parents_of_columns(self) -> dict[ColumnKey, tuple[ColumnKey, ...]]:
        """Return, for each column that something is recorded of, the columns that it is computed from."""
        return {child: tuple(parents) for child, parents in self.columns.items()}

    def parents_of_tables(self) -> dict[TableKey, tuple[TableKey, ...]]:
        """Return, for each table that something is recorded of, the tables that it is made from."""
        return {child: tuple(parents) for child, parents in self.tables.items()}

    def edges(self) -> Iterator[LineageEdge]:
        """Yield all edges, those of tables first."""
        for table, above in self.tables.items():
            yield from (LineageEdge(parent.level, table.level, said_by) for parent, said_by in above.items())
        for column, origins in self.columns.items():
            yield from (LineageEdge(origin, column, said_by) for origin, said_by in origins.items())


NO_LINEAGE: Final = Lineage()


def lineage_of(edges: Iterable[LineageEdge], notes: Iterable[str] = ()) -> Lineage:
    """Return the lineage of edges; where several say the same, all of them are named."""
    columns: dict[ColumnKey, dict[ColumnKey, set[str]]] = {}
    tables: dict[TableKey, dict[TableKey, set[str]]] = {}
    for edge in edges:
        if edge.child == edge.child.table_key.level:
            above = tables.setdefault(edge.child.table_key, {})
            above.setdefault(edge.parent.table_key, set()).update(edge.said_by)
        else:
            columns.setdefault(edge.child, {}).setdefault(edge.parent, set()).update(edge.said_by)
    return Lineage(
        {child: {one: tuple(sorted(said)) for one, said in found.items()} for child, found in columns.items()},
        {child: {one: tuple(sorted(said)) for one, said in found.items()} for child, found in tables.items()},
        tuple(notes),
    )


def with_declared(recorded: Lineage, declared: Mapping[ColumnKey, Sequence[ColumnKey]]) -> Lineage:
    """Return recorded lineage with what the configuration declares: of a declared column nothing else counts.

    Args:
        recorded: What is kept elsewhere.
        declared: Column → the columns that it is declared to be computed from.
    """
    edges = [edge for edge in recorded.edges() if edge.child not in declared or edge.parent in declared[edge.child]]
    edges += [LineageEdge(parent, child, (DECLARED,)) for child, parents in declared.items() for parent in parents]
    return lineage_of(edges, recorded.notes)
