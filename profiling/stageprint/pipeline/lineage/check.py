"""Looks at the lineage that a configuration names, without comparing anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.problems import Problem, Where
from stageprint.errors import UsageError
from stageprint.pipeline.draft.dbt import read_parents
from stageprint.pipeline.lineage.openlineage import read_events
from stageprint.pipeline.lineage.read import read_lineage


@dataclass(frozen=True)
class CheckedLineage:
    """What came of looking at the lineage that a configuration names.

    Attributes:
        unreadable: Files that are missing, or are not what they should be.
        notes: What was found, and what could not be looked at.
    """

    unreadable: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def check_lineage(config: PipelineConfig) -> CheckedLineage:
    """Return which files of the section ``lineage`` cannot be read, and what the others say of the pipeline's tables.

    Args:
        config: The pipeline, with the tables that its patterns match.
    """
    asked = config.lineage
    if not asked.is_asked:
        return CheckedLineage()
    places: list[tuple[Where, str]] = [
        (("lineage", "openlineage", at), one) for at, one in enumerate(asked.openlineage)
    ]
    if asked.dbt is not None:
        places.append((("lineage", "dbt"), asked.dbt))
    notes = []
    if asked.unity_catalog is not None:
        notes.append(f"lineage.unity_catalog: not checked: Spark reads {asked.unity_catalog}")
    if not places:
        return CheckedLineage((), tuple(notes))
    files = config.model_copy(update={"lineage": asked.model_copy(update={"unity_catalog": None})})
    try:
        found = read_lineage(files, _no_rows)
    except UsageError as error:
        # Only now is each file looked at by itself: all those that cannot be read are named, not the first alone.
        problems = [problem for where, path in places if (problem := _problem(where, path)) is not None]
        return CheckedLineage(tuple(problems or [Problem(("lineage",), str(error))]), tuple(notes))
    columns, tables = (sum(map(len, edges.values())) for edges in (found.columns, found.tables))
    notes.append(f"lineage: the files say of {columns:,} columns and {tables:,} tables what they are made from")
    return CheckedLineage((), (*notes, *found.notes))


def _problem(where: Where, path: str) -> Problem | None:
    try:
        if where[-1] == "dbt":
            read_parents(path)
        else:
            read_events([path])
    except UsageError as error:
        return Problem(where, str(error).removeprefix("lineage.openlineage: "))
    return None


def _no_rows(query: str) -> Iterable[Mapping[str, Any]]:
    del query
    return ()
