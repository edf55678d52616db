"""The files of serving processes as sources of a pipeline's configuration."""

from __future__ import annotations

import os
from collections.abc import Sequence

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import PROFILES, Source, profiles_source
from stageprint.config.tables import TableConfig
from stageprint.errors import UsageError


def ingest_config(
    config: PipelineConfig, stage: str, tables: Sequence[str] = (), directory: str | None = None
) -> tuple[PipelineConfig, list[str]]:
    """Return the configuration with which a command ingests windows, and the names of the tables to ingest.

    Args:
        config: The pipeline.
        stage: The stage that the windows belong to.
        tables: Only these tables of the stage; empty: all that read windows.
        directory: Folder of the files, instead of the sources' paths; see `stageprint.config.sources.profiles_source`.

    Raises:
        UsageError: The stage or a table is not configured, or its source holds no windows and there is no `directory`.
    """
    chosen = [table for _, table in config.select((stage,), tuple(tables))]
    if directory is None:
        wrong = [table for table in chosen if table.source.format != PROFILES]
        if wrong and (tables or len(wrong) == len(chosen)):
            message = (
                f"{stage}.{wrong[0].name} has a {wrong[0].source.label} source; expected one of format {PROFILES} "
                "(what a ServingProfiler writes), or the folder with --dir"
            )
            raise UsageError(message)
        return config, [table.name for table in chosen if table.source.format == PROFILES]
    names = [table.name for table in chosen]
    source = profiles_source(directory)
    stages = tuple(
        part.model_copy(
            update={
                "tables": tuple(
                    table.model_copy(update={"source": source}) if table.name in names else table
                    for table in part.tables
                )
            }
        )
        if part.name == stage
        else part
        for part in config.stages
    )
    return config.model_copy(update={"stages": stages}), names


def table_to_profile(config: PipelineConfig, stage: str, name: str | None) -> TableConfig:
    """Return the table that a serving process profiles.

    Args:
        config: The pipeline.
        stage: Its stage.
        name: The table's name; None: the only table of the stage.

    Raises:
        UsageError: The stage or table is not configured, or there are several tables and no name.
    """
    tables = config.stage(stage).tables
    if name is not None:
        return config.table(stage, name)
    if len(tables) > 1:
        known = ", ".join(repr(table.name) for table in tables)
        message = f"stage {stage!r} has {len(tables)} tables ({known}): name one with `table`"
        raise UsageError(message)
    if not tables:
        message = f"stage {stage!r} has patterns only, of tables that are not known here: give the table an entry"
        raise UsageError(message)
    return tables[0]


def files_source(table: TableConfig, stage: str, directory: str | os.PathLike[str] | None) -> Source:
    """Return the source that reads the files of a table's windows; its path is where they are written.

    Args:
        table: The table.
        stage: Its stage.
        directory: The folder; None: the path of the table's source.

    Raises:
        UsageError: There is neither a folder nor a source of format ``stageprint``, or the folder is not local.
    """
    if directory is not None:
        return profiles_source(os.fspath(directory))
    if table.source.format != PROFILES or table.source.path is None:
        message = (
            f"{stage}.{table.name}: expected `directory`, or a source of format stageprint in the configuration, "
            f"got a {table.source.label} source and no `directory`"
        )
        raise UsageError(message)
    return profiles_source(table.source.path)
