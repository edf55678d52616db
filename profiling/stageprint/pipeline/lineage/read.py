"""Reads all lineage that the configuration names, as edges between the pipeline's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import StageprintError
from stageprint.model.lineage import DBT, NO_LINEAGE, Lineage, LineageEdge, lineage_of
from stageprint.pipeline.draft.dbt import read_parents
from stageprint.pipeline.lineage import unity
from stageprint.pipeline.lineage.openlineage import read_events
from stageprint.pipeline.lineage.places import Places
from stageprint.pipeline.lineage.recorded import Recorded, edges_of

QueryRows: TypeAlias = Callable[[str], Iterable[Mapping[str, Any]]]
"""A function that runs a query by Spark and returns its rows; it raises `StageprintError` where it cannot."""


def read_lineage(config: PipelineConfig, query_rows: QueryRows) -> Lineage:
    """Return what is recorded of the pipeline's tables outside its configuration.

    Args:
        config: The pipeline.
        query_rows: Reads Unity Catalog's table; called only where the configuration asks for it. If it may not be read,
            a note says so, and the rest counts.

    Raises:
        UsageError: A file that the configuration names is not there, or is not what it should be.
    """
    if not config.lineage.is_asked:
        return NO_LINEAGE
    places = Places(config)
    edges: list[LineageEdge] = []
    notes: list[str] = []
    for recorded in _recorded(config, query_rows, notes):
        found, left_out = edges_of(recorded, config, places)
        edges += found
        notes += left_out
    return lineage_of(edges, notes)


def _recorded(config: PipelineConfig, query_rows: QueryRows, notes: list[str]) -> Iterator[Recorded]:
    asked = config.lineage
    if asked.openlineage:
        yield read_events(asked.openlineage)
    if asked.dbt is not None:
        recorded = Recorded(DBT)
        for child, parents in read_parents(asked.dbt).items():
            place = recorded.data_set(child)
            recorded.inputs[place] |= {recorded.data_set(parent) for parent in parents}
        yield recorded
    if asked.unity_catalog is not None:
        query = unity.query(asked.unity_catalog, asked.days)
        try:
            rows = list(query_rows(query))
        except StageprintError as error:
            notes.append(
                f"lineage of unity_catalog is not used: {asked.unity_catalog} cannot be read: {error}; it needs SELECT "
                "on that table, and USE CATALOG and USE SCHEMA above it"
            )
            return
        yield unity.read_rows(rows)
