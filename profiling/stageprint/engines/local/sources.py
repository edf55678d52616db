"""Opens a table's source for the local engine, and lists the runs that sources hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_ids import usable_runs
from stageprint.config.run_order import in_order
from stageprint.config.sources import Source, is_data_file
from stageprint.config.tables import TableConfig
from stageprint.engines.local import files
from stageprint.engines.local.columnar import open_orc, open_parquet
from stageprint.engines.local.csv_files import open_csv
from stageprint.engines.local.delta import open_delta
from stageprint.engines.local.files import FoundFile
from stageprint.engines.local.json_files import open_json
from stageprint.engines.local.model import LocalTable
from stageprint.errors import OnlySparkError, SourceError, UsageError, did_you_mean
from stageprint.pipeline.source_notes import FileNames

_OPENERS: Final[Mapping[str, Callable[[str, Sequence[FoundFile], FileNames, Mapping[str, str]], LocalTable]]] = {
    "parquet": open_parquet,
    "orc": open_orc,
    "csv": open_csv,
    "json": open_json,
}


def open_source(source: Source, run_id: str, hidden: Collection[str] = ()) -> LocalTable:
    """Open the files of a table for one run.

    Args:
        source: The source.
        run_id: The run.
        hidden: Columns whose values are not shown where a file is named by the partition it is in.

    Raises:
        SourceError: It is missing or cannot be opened.
    """
    concrete = source.for_run(run_id)
    path, options = concrete.text, {name.lower(): value for name, value in concrete.options.items()}
    try:
        if concrete.format == "delta":
            if not files.exists(path):
                raise _missing(concrete)
            return open_delta(path, options)
        found = files.find_files(path)
        if found is None:
            raise _missing(concrete)
        names = FileNames(path, frozenset(name.casefold() for name in hidden))
        return _OPENERS[concrete.label](path, found, names, options)
    except SourceError as error:
        if path in str(error).split(":", 1)[0]:
            raise
        message = f"{concrete.label} source {path!r}: {error}"
        raise type(error)(message) from error


def list_runs(config: PipelineConfig) -> list[str]:
    """Return every run that some source holds; see `stageprint.ports.Engine.list_runs`.

    Raises:
        UsageError: No source's path holds ``{run_id}`` or ``{run_date}``.
    """
    paths = [table.source.path for _, table in config.select_sources() if table.source.path is not None]
    placeholders = [(path, name) for path in paths for name in ("{run_id}", "{run_date}") if name in path]
    if not placeholders:
        message = (
            f"pipeline {config.pipeline!r}: no source has {{run_id}} or {{run_date}} in its path, so its runs cannot "
            "be listed; name them with --run"
        )
        raise UsageError(message)
    runs = {run for path, name in placeholders for run in files.matching_runs(path, name)}
    return usable_runs(config, in_order(runs, config.run_order))


def check_run_exists(config: PipelineConfig, selected: Sequence[TableConfig], run_id: str) -> None:
    """Raise `UsageError` if none of the sources with a run in their paths exists for `run_id`."""
    paths = [table.source for table in selected if table.source.path is not None and "{run_" in table.source.path]
    if not paths or any(files.exists(source.for_run(run_id).text) for source in paths):
        return
    known = list_runs(config)
    message = f"no source holds a run {run_id!r} (looked at {len(paths)} paths){did_you_mean(run_id, known)}"
    raise UsageError(message)


def list_tables(source: Source, run_id: str) -> list[str]:
    """Return what the ``*`` of a path stands for; see `stageprint.ports.Engine.list_tables`.

    Raises:
        OnlySparkError: It is the name of a catalog table.
    """
    concrete = source.for_run(run_id)
    if concrete.path is None:
        message = "the tables of a catalog are listed by Spark"
        raise OnlySparkError(message)
    found = []
    for star, path, is_folder in files.matching_names(concrete.path):
        if is_folder:
            is_table = files.exists(f"{path}/_delta_log") == (concrete.format == "delta")
        else:
            is_table = is_data_file(concrete, path)
        if is_table:
            found.append(star)
    return sorted(set(found))


def _missing(source: Source) -> SourceError:
    hint = did_you_mean(source.text, files.siblings(source.text))
    return SourceError(f"{source.label} source {source.text!r} does not exist{hint}")
