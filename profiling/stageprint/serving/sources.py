"""Where the files of serving processes are, as sources of a pipeline's configuration."""

from __future__ import annotations

from collections.abc import Sequence

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import PROFILES, profiles_source
from stageprint.errors import UsageError


def ingest_config(
    config: PipelineConfig, stage: str, tables: Sequence[str] = (), directory: str | None = None
) -> tuple[PipelineConfig, list[str]]:
    """Return the configuration with which `profile_runs` ingests, and the tables that it concerns.

    Args:
        config: The pipeline.
        stage: The stage the windows belong to.
        tables: Only these of its tables.
        directory: Where the files are, instead of the sources' paths; see `stageprint.config.sources.profiles_source`.

    Raises:
        UsageError: The stage or a table is not configured, or reads no windows and `directory` is not given.
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
