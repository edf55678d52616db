"""Opens a table's source as a DataFrame, with the facts that are known before any row is read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, DataFrameReader, SparkSession

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_ids import usable_runs
from stageprint.config.run_order import in_order
from stageprint.config.sources import Source
from stageprint.config.tables import TableConfig
from stageprint.engines.spark import files
from stageprint.engines.spark.columnar import open_orc, open_parquet
from stageprint.engines.spark.compat import has_delta
from stageprint.engines.spark.delta_history import describe_history, history_of_path
from stageprint.engines.spark.delta_log import DeltaSnapshot, read_snapshot
from stageprint.engines.spark.driver_log import frame_of_files, read_on_driver
from stageprint.engines.spark.errors import reading
from stageprint.engines.spark.folder import Folder, Marked, OpenFiles
from stageprint.engines.spark.iceberg import IcebergSnapshot, open_iceberg
from stageprint.engines.spark.jars import delta_version
from stageprint.engines.spark.jvm import is_classic
from stageprint.engines.spark.text_files import open_csv, open_json
from stageprint.engines.spark.versions import why_no_delta
from stageprint.errors import SourceError, UsageError, did_you_mean
from stageprint.pipeline.source_notes import CountedRows, FileNames


@dataclass(frozen=True)
class OpenSource:
    """An opened source.

    Attributes:
        frame: Its rows; nothing is computed yet.
        format: parquet, delta, csv, json, orc, table or sql.
        location: Path, table name or query, with the run's name filled in.
        version: Delta version or Iceberg snapshot that `frame` reads; None: another format.
        bytes: Size of its files in bytes; None: not known.
        files: Number of its files; None: not known.
        snapshot: That version in the Delta log; None: another format, or the log was not read.
        iceberg: The snapshot of an Iceberg table that `frame` reads; None: another format, or an empty table.
        notes: What was found in the source besides the rows, one sentence each.
        counted: How many rows the source itself says it has; None: it does not say.
        history: The latest commits of a Delta table, as stored; None: another format, or they cannot be known.
        marked: The rows with malformed ones marked; None: the format has none, or reading fails at the first.
    """

    frame: DataFrame
    format: str
    location: str
    version: int | None
    bytes: int | None
    files: int | None
    snapshot: DeltaSnapshot | None = None
    iceberg: IcebergSnapshot | None = None
    notes: tuple[str, ...] = ()
    counted: CountedRows | None = None
    marked: Marked | None = None
    history: list[dict[str, Any]] | None = None


def open_source(spark: SparkSession, source: Source, run_id: str, hidden: Collection[str] = ()) -> OpenSource:
    """Open `source` for one run.

    Args:
        spark: The session.
        source: The source.
        run_id: The run.
        hidden: Columns whose values are not shown where a file is named by the partition it is in.

    Raises:
        SourceError: It is missing or cannot be opened.
    """
    concrete = source.for_run(run_id)
    what = f"{concrete.label} source {concrete.text!r} cannot be opened"
    return reading(what, SourceError, lambda: _open(spark, concrete, hidden))


def _open(spark: SparkSession, source: Source, hidden: Collection[str]) -> OpenSource:
    if source.sql is not None:
        return OpenSource(spark.sql(source.sql), "sql", source.sql, None, None, None)
    if source.table is not None:
        return _open_table(spark, source.table)
    return _open_path(spark, source, hidden)


def list_runs(spark: SparkSession, config: PipelineConfig) -> list[str]:
    """Return every run that some source holds and ``run_id_pattern`` allows, oldest first as far as their names tell.

    What is found and not allowed is logged.

    Raises:
        UsageError: No source's path holds ``{run_id}`` or ``{run_date}``, so runs cannot be listed.
    """
    runs: set[str] = set()
    listable = False
    for _, table in config.select_sources():
        path = table.source.path or ""
        for placeholder in ("{run_id}", "{run_date}"):
            if placeholder in path:
                listable = True
                what = f"runs of source {path!r} cannot be listed"
                runs.update(reading(what, SourceError, partial(files.matching_runs, spark, path, placeholder)))
    if not listable:
        message = (
            f"pipeline {config.pipeline!r}: no source has {{run_id}} or {{run_date}} in its path, so its runs cannot "
            "be listed; name them with --run"
        )
        raise UsageError(message)
    return usable_runs(config, in_order(runs, config.run_order))


def check_run_exists(spark: SparkSession, selected: Sequence[TableConfig], config: PipelineConfig, run_id: str) -> None:
    """Raise `UsageError` if none of the selected sources with a run in its path exists for `run_id`.

    If a single table is missing, that table fails; if all are missing, the run's name is probably misspelt.
    """
    paths = [table.source for table in selected if table.source.path is not None and "{run_" in table.source.path]
    if not paths or any(_may_exist(spark, source.for_run(run_id).text) for source in paths):
        return
    known = list_runs(spark, config)
    message = f"no source holds a run {run_id!r} (looked at {len(paths)} paths){did_you_mean(run_id, known)}"
    raise UsageError(message)


def _may_exist(spark: SparkSession, path: str) -> bool:
    try:
        return files.exists(spark, path) is not False
    except (Py4JError, PySparkException):
        return True  # the table's own profile says why it cannot be looked at


def _open_path(spark: SparkSession, source: Source, hidden: Collection[str]) -> OpenSource:
    path, fmt = source.text, source.label
    if fmt == "delta":
        if files.exists(spark, path) is False:
            raise _missing(spark, source)
        return _open_delta(spark, source, spark.read.format(fmt).options(**source.options))
    if fmt == "iceberg":
        reader = spark.read.options(**source.options)
        return _open_iceberg(spark, fmt, path, reader, lambda one, name: _load_iceberg(one, path, name))
    known = files.facts(spark, path)
    if known.is_missing:
        raise _missing(spark, source)
    names = FileNames(path, frozenset(name.casefold() for name in hidden))
    folder = Folder(spark, fmt, path, source.options, known, names)
    try:
        found = _OPENERS[fmt](folder)
    except SourceError as error:
        message = f"{fmt} source {path!r}: {error}"
        raise SourceError(message) from error
    return OpenSource(
        found.frame,
        fmt,
        path,
        None,
        known.bytes,
        known.files,
        notes=found.notes,
        counted=found.counted,
        marked=found.marked,
    )


_OPENERS: Final[Mapping[str, Callable[[Folder], OpenFiles]]] = {
    "csv": open_csv,
    "json": open_json,
    "orc": open_orc,
    "parquet": open_parquet,
}


def _open_iceberg(
    spark: SparkSession,
    label: str,
    location: str,
    reader: DataFrameReader,
    load: Callable[[DataFrameReader, str], DataFrame],
) -> OpenSource:
    frame, found = open_iceberg(spark, reader, load)
    if found is None:
        return OpenSource(frame, label, location, None, None, None)
    return OpenSource(frame, label, location, found.id, found.bytes, found.files, iceberg=found, counted=found.counted)


def _load_iceberg(reader: DataFrameReader, path: str, name: str) -> DataFrame:
    return reader.format("iceberg").load(f"{path}#{name}" if name else path)


def _load_table(reader: DataFrameReader, table: str, name: str) -> DataFrame:
    return reader.table(f"{table}.{name}" if name else table)


def _missing(spark: SparkSession, source: Source) -> SourceError:
    path = source.text
    above = files.file_above(spark, path)
    hint = did_you_mean(path, files.siblings(spark, path)) if above is None else f": {above} is a file, not a folder"
    return SourceError(f"{source.label} source {path!r} does not exist{hint}")


def _open_delta(spark: SparkSession, source: Source, reader: DataFrameReader) -> OpenSource:
    path, fmt = source.text, source.label
    asked = {key.lower(): value for key, value in source.options.items()}
    if "timestampasof" not in asked:
        wanted = asked.get("versionasof")
        version = None if wanted is None else int(wanted)
        snapshot = snapshot_at(spark, path, version)
        if snapshot is not None:
            if has_delta(spark):
                frame = reader.option("versionAsOf", snapshot.version).load(path)
            else:
                frame = frame_of_files(spark, path, snapshot)
            return OpenSource(
                frame,
                fmt,
                path,
                snapshot.version,
                snapshot.bytes,
                len(snapshot.files),
                snapshot,
                counted=_counted(snapshot),
                history=history_of_path(spark, path, snapshot.version),
            )
    if not has_delta(spark):
        raise SourceError(why_no_delta(spark.version, delta_version()))
    version, size, count, history = _delta_facts(spark, files.delta_identifier(spark, path))
    # Pin the version, so that the profile is of the recorded version although others may commit meanwhile.
    if version is not None and not {"versionAsOf", "timestampAsOf"} & set(source.options):
        reader = reader.option("versionAsOf", version)
    return OpenSource(reader.load(path), fmt, path, version, size, count, history=history)


def snapshot_at(spark: SparkSession, path: str, version: int | None) -> DeltaSnapshot | None:
    """Return a version of the Delta table at a path, as Delta Kernel or this process sees its log; None: neither does.

    Args:
        spark: The session.
        path: The table.
        version: The version; None: the latest.
    """
    return read_snapshot(spark, path, version) or _on_driver(spark, path, version)


def _on_driver(spark: SparkSession, path: str, version: int | None) -> DeltaSnapshot | None:
    """Return what this process sees of a Delta table's log, where that is the log that the session reads."""
    snapshot = read_on_driver(path, version)
    if snapshot is None or is_classic(spark):
        return snapshot
    # The server of Spark Connect may be another machine, where the same path is another table.
    detail = spark.sql(f"DESCRIBE DETAIL {files.delta_identifier(spark, path)}").select("id").head()
    return snapshot if detail is not None and detail["id"] == snapshot.id else None


def _counted(snapshot: DeltaSnapshot) -> CountedRows | None:
    rows = snapshot.rows
    return None if rows is None else CountedRows(rows, f"the entries of the Delta log up to version {snapshot.version}")


def _open_table(spark: SparkSession, name: str) -> OpenSource:
    if not spark.catalog.tableExists(name):
        parts = name.rsplit(".", 1)
        try:
            known = [table.name for table in spark.catalog.listTables(parts[0] if len(parts) > 1 else None)]
        except PySparkException:
            known = []
        message = f"table {name!r} does not exist{did_you_mean(parts[-1], known)}"
        raise SourceError(message)
    opened = _open_iceberg(spark, "table", name, spark.read, lambda one, part: _load_table(one, name, part))
    if opened.iceberg is not None:
        return opened
    frame = opened.frame
    try:
        version, size, count, history = _delta_facts(spark, name)
    except PySparkException:
        return OpenSource(frame, "table", name, None, None, None)
    if version is not None:
        frame = spark.read.option("versionAsOf", version).table(name)
    return OpenSource(frame, "table", name, version, size, count, history=history)


def _delta_facts(
    spark: SparkSession, identifier: str
) -> tuple[int | None, int | None, int | None, list[dict[str, Any]] | None]:
    """Return (version, bytes, files, latest commits) of a Delta table."""
    history = describe_history(spark, identifier, None)
    detail = spark.sql(f"DESCRIBE DETAIL {identifier}").select("sizeInBytes", "numFiles").head()
    return (
        history[0]["version"] if history else None,
        int(detail["sizeInBytes"]) if detail is not None else None,
        int(detail["numFiles"]) if detail is not None else None,
        history or None,
    )
