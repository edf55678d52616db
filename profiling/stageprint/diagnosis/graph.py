"""The graph of stages, tables and columns along which faults travel.

A column's parents are its own table and the columns that the configuration declares, or that are recorded elsewhere
(`model.lineage`). Where nobody says anything, they are the columns of the same name (case-folded) in the tables of the
stages directly upstream: of those that the table is recorded to be made from, where any has one. A table's parents are
the upstream tables that its columns come from. If an upstream stage has a table of the same name with that column, only
this one counts: in a pipeline that cleans a thousand tables one by one, every ``id`` would otherwise descend from every
other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.stages import Role
from stageprint.model import TABLE_LEVEL, ColumnKey, TableKey
from stageprint.model.lineage import NO_LINEAGE, Lineage, with_declared

ColumnNames = Callable[[TableKey], Sequence[str]]
"""The columns of a table, in order; empty for a table that was not profiled."""


def table_node(key: TableKey) -> ColumnKey:
    """Return the node that stands for a whole table."""
    return key.level


class StageGraph:
    """Stages, tables and columns with the edges between them.

    Columns are asked for when first needed, so that a graph over a million columns costs nothing until a
    node is flagged.

    Attributes:
        pipeline: The pipeline's name.
        stages: Stage names in the configuration's order.
        lineage: What is declared, and what is recorded elsewhere.
    """

    def __init__(
        self,
        pipeline: str,
        upstream: Mapping[str, Sequence[str]],
        tables: Mapping[str, Sequence[str]],
        columns: ColumnNames,
        *,
        slices: Iterable[TableKey] = (),
        roles: Mapping[str, Role] | None = None,
        sources: Mapping[TableKey, TableKey] | None = None,
        event_times: Mapping[TableKey, str] | None = None,
        lineage: Lineage = NO_LINEAGE,
        answers: Mapping[ColumnKey, str] | None = None,
    ) -> None:
        """Build a graph; most callers use `from_config`.

        Args:
            pipeline: The pipeline's name.
            upstream: The stages directly upstream of each stage.
            tables: Table names of each stage.
            columns: Table → the names of its columns.
            slices: Slices that stand beside the tables of their stage.
            roles: What a stage is for, where the configuration says so.
            sources: For a table, the upstream table whose rows it keeps.
            event_times: For a table, its event-time column.
            lineage: Declared and recorded parents of columns, which replace those found by name, and of tables, which
                go before other tables that have a column of that name.
            answers: What a column is to a model: ``label``, ``prediction`` or ``score``.
        """
        self.pipeline = pipeline
        self.stages = tuple(upstream)
        self._upstream = {stage: tuple(names) for stage, names in upstream.items()}
        self._tables = {stage: tuple(TableKey(stage, name) for name in names) for stage, names in tables.items()}
        for key in slices:
            self._tables[key.stage] = (*self._tables.get(key.stage, ()), key)
        self._columns_of = columns
        self._roles = dict(roles or {})
        self._sources = dict(sources or {})
        self._event_times = dict(event_times or {})
        self.lineage = lineage
        self._known = lineage.parents_of_columns()
        self._made_from = lineage.parents_of_tables()
        self._answers = dict(answers or {})
        self._columns: dict[TableKey, tuple[str, ...]] = {}
        self._by_name: dict[str, Mapping[str, tuple[ColumnKey, ...]]] = {}
        self._table_parents: dict[TableKey, tuple[TableKey, ...]] = {}
        self._depth: dict[str, int] = {}

    @classmethod
    def from_config(
        cls,
        config: PipelineConfig,
        columns: ColumnNames | Mapping[TableKey, Sequence[str]],
        *,
        lineage: Lineage = NO_LINEAGE,
    ) -> StageGraph:
        """Return the graph of a configured pipeline.

        Args:
            config: The configuration.
            columns: A table's columns, those of the run under test and of its references together, as a
                mapping or a callable; empty where the table was not profiled.
            lineage: What is recorded elsewhere; what the configuration declares wins over it.
        """
        sources = {}
        for stage, table in config.select():
            source = config.retention_source(stage, table)
            if source is not None:
                sources[TableKey(stage.name, table.name)] = source
        return cls(
            config.pipeline,
            {stage.name: stage.upstream for stage in config.stages},
            {stage.name: [table.name for table in stage.tables] for stage in config.stages},
            _mapping_lookup(columns) if isinstance(columns, Mapping) else columns,
            roles={stage.name: stage.role for stage in config.stages if stage.role is not None},
            sources=sources,
            event_times={
                TableKey(stage.name, table.name): table.event_time
                for stage, table in config.select()
                if table.event_time is not None
            },
            lineage=with_declared(lineage, config.declared_lineage()),
            answers={
                ColumnKey(stage.name, table.name, name): what
                for stage, table in config.select()
                for what in ("label", "prediction", "score")
                if (name := getattr(table, what)) is not None
            },
        )

    def tables(self, stage: str) -> tuple[TableKey, ...]:
        """Return the tables of a stage."""
        return self._tables.get(stage, ())

    def columns(self, table: TableKey) -> tuple[str, ...]:
        """Return the columns of a table, in order; empty where it was not profiled."""
        if table not in self._columns:
            self._columns[table] = tuple(self._columns_of(table))
        return self._columns[table]

    def nodes(self, table: TableKey) -> tuple[ColumnKey, ...]:
        """Return the column nodes of a table."""
        return tuple(table.column(name) for name in self.columns(table))

    def role(self, stage: str) -> Role | None:
        """Return what the stage is for, where the configuration says so."""
        return self._roles.get(stage)

    def event_time(self, table: TableKey) -> str | None:
        """Return the table's event-time column, where the configuration names one."""
        return self._event_times.get(table)

    def answer(self, node: ColumnKey) -> str | None:
        """Return what a column is to a model, ``label``, ``prediction`` or ``score``; None where nobody said."""
        return self._answers.get(node)

    def upstream(self, stage: str) -> tuple[str, ...]:
        """Return the stages directly upstream."""
        return self._upstream.get(stage, ())

    def is_source(self, stage: str) -> bool:
        """Return whether nothing lies upstream of the stage."""
        return not self.upstream(stage)

    def depth(self, stage: str) -> int:
        """Return the number of edges on the longest way from a source to the stage."""
        if stage not in self._depth:
            self._depth[stage] = max((self.depth(name) + 1 for name in self.upstream(stage)), default=0)
        return self._depth[stage]

    def profiled_upstream(self, stage: str) -> tuple[str, ...]:
        """Return the nearest upstream stages with a profiled table, looking through those without one."""
        found: dict[str, None] = {}
        for name in self.upstream(stage):
            if any(self.columns(table) for table in self.tables(name)):
                found[name] = None
            else:
                found.update(dict.fromkeys(self.profiled_upstream(name)))
        return tuple(found)

    def skipped(self, stage: str) -> tuple[str, ...]:
        """Return the direct upstream stages without a profiled table: a fault may have begun in them unseen."""
        return tuple(name for name in self.upstream(stage) if name not in self.profiled_upstream(stage))

    def source_table(self, table: TableKey) -> TableKey | None:
        """Return the upstream table whose rows the table keeps.

        Declared or found by equal keys in the configuration; otherwise the only parent table, or None.
        """
        if table in self._sources:
            return self._sources[table]
        parents = self.table_parents(table)
        return parents[0] if len(parents) == 1 else None

    def column_parents(self, node: ColumnKey) -> tuple[ColumnKey, ...]:
        """Return the columns a column comes from: those declared or recorded, else those of the same name upstream."""
        if node in self._known:
            return self._known[node]
        found: list[ColumnKey] = []
        made_from = self._made_from.get(node.table_key, ())
        for stage in self.profiled_upstream(node.stage):
            same = self._index(stage).get(node.column.casefold(), ())
            same = tuple(key for key in same if key.table_key in made_from) or same
            namesakes = [key for key in same if key.table.casefold() == node.table.casefold()]
            found.extend(namesakes or same)
        return tuple(found)

    def taken_from(self, node: ColumnKey) -> ColumnKey | None:
        """Return the upstream column that a column is taken from as it is, or None where it is not from one alone.

        Of several namesakes upstream it is that of the table whose rows are kept. A column that is declared to be
        computed from others is not one of them.
        """
        parents = self.column_parents(node)
        if len(parents) > 1:
            source = self.source_table(node.table_key)
            parents = tuple(parent for parent in parents if parent.table_key == source)
        same = [parent for parent in parents if parent.column.casefold() == node.column.casefold()]
        return same[0] if len(parents) == len(same) == 1 else None

    def table_parents(self, table: TableKey) -> tuple[TableKey, ...]:
        """Return the upstream tables the table's columns come from; all of them where no column names one."""
        if table not in self._table_parents:
            found = dict.fromkeys(
                parent.table_key for node in self.nodes(table) for parent in self.column_parents(node)
            )
            if table in self._sources:
                found.setdefault(self._sources[table])
            found.update(dict.fromkeys(key for key in self._made_from.get(table, ()) if self.columns(key)))
            if not found:
                upstream = (key for stage in self.profiled_upstream(table.stage) for key in self.tables(stage))
                found = dict.fromkeys(key for key in upstream if self.columns(key))
            self._table_parents[table] = tuple(found)
        return self._table_parents[table]

    def parents(self, node: ColumnKey) -> tuple[ColumnKey, ...]:
        """Return every node whose fault this node may pass on.

        A column's parents are its own table, the columns it comes from and their tables (rows missing
        upstream leave nulls or holes behind); a table's parents are the tables it is built from.
        """
        if node.column == TABLE_LEVEL:
            return tuple(table_node(key) for key in self.table_parents(node.table_key))
        columns = self.column_parents(node)
        return tuple(
            dict.fromkeys((table_node(node.table_key), *columns, *(table_node(key.table_key) for key in columns)))
        )

    def is_derived(self, node: ColumnKey) -> bool:
        """Return whether a column of an inner stage has no column upstream that it is known to come from."""
        return node.column != TABLE_LEVEL and bool(self.profiled_upstream(node.stage)) and not self.column_parents(node)

    def _index(self, stage: str) -> Mapping[str, tuple[ColumnKey, ...]]:
        if stage not in self._by_name:
            found: dict[str, list[ColumnKey]] = {}
            for key in _column_nodes(self, stage):
                found.setdefault(key.column.casefold(), []).append(key)
            self._by_name[stage] = MappingProxyType({name: tuple(keys) for name, keys in found.items()})
        return self._by_name[stage]


def _column_nodes(graph: StageGraph, stage: str) -> Iterable[ColumnKey]:
    for table in graph.tables(stage):
        yield from graph.nodes(table)


def _mapping_lookup(columns: Mapping[TableKey, Sequence[str]]) -> ColumnNames:
    def lookup(table: TableKey) -> Sequence[str]:
        return columns.get(table, ())

    return lookup
