"""All edges of a pipeline, for people: what comes from where, and who says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stageprint.config.pipeline import PipelineConfig
from stageprint.diagnosis.edges import edges_into
from stageprint.diagnosis.graph import StageGraph
from stageprint.model import TABLE_LEVEL, ColumnKey, TableKey
from stageprint.model.lineage import Lineage


def edge_rows(
    config: PipelineConfig, lineage: Lineage, columns: Mapping[TableKey, Sequence[str]]
) -> list[dict[str, Any]]:
    """Return the edges between tables and between columns, in the order of the configuration, as objects.

    Args:
        config: The pipeline.
        lineage: What is recorded outside it.
        columns: Table → its columns; of a table that is not in it only what is declared or recorded is known.
    """
    known = {key: list(names) for key, names in columns.items()}
    for column in (*lineage.columns, *config.declared_lineage()):
        names = known.setdefault(column.table_key, [])
        if column.column not in names:
            names.append(column.column)
    graph = StageGraph.from_config(config, known, lineage=lineage)
    rows = []
    for stage, table in config.select():
        key = TableKey(stage.name, table.name)
        for node in (key.level, *graph.nodes(key)) if not graph.is_source(stage.name) else ():
            rows += [
                {
                    **_place(edge.child),
                    "from_stage": edge.parent.stage,
                    "from_table": edge.parent.table,
                    "from_column": _column(edge.parent),
                    "said_by": list(edge.said_by),
                }
                for edge in edges_into(graph, node)
            ]
    return rows


def _place(node: ColumnKey) -> dict[str, Any]:
    return {"stage": node.stage, "table": node.table, "column": _column(node)}


def _column(node: ColumnKey) -> str | None:
    return None if node.column == TABLE_LEVEL else node.column
