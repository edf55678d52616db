"""Ingests the windows that serving processes wrote: each task merges some files, the driver merges what they give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sketches import SketchSettings
from stageprint.config.sources import Source
from stageprint.engines.spark import files
from stageprint.engines.spark.compat import spark_schema_of, to_arrow
from stageprint.errors import StateError
from stageprint.model import TableKey
from stageprint.ports import ProfiledTable, TableTask
from stageprint.serving.ingestion import FileMerger, MergedFiles, Uniformity, missing_source, profiled_windows
from stageprint.serving.window_merge import merge_windows
from stageprint.serving.windows import FILE_SUFFIX, read_head, read_window, window_bytes

_MAX_MERGED_WINDOWS: Final = 64
"""Merged windows that the driver receives; each is about as large as one file."""

_SHARE_ARROW = pa.schema(
    [
        pa.field("file", pa.string()),
        pa.field("rejected", pa.string()),
        pa.field("other", pa.bool_()),
        pa.field("uniform", pa.bool_()),
        pa.field("window", pa.binary()),
    ]
)
_SHARE: Final = spark_schema_of(_SHARE_ARROW)

_ORDER: Final = ("start", "replica", "end", "name", "path")
_HEADED_ARROW = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("content", pa.binary()),
        pa.field("start", pa.int64()),
        pa.field("replica", pa.string()),
        pa.field("end", pa.int64()),
        pa.field("name", pa.string()),
    ]
)
_HEADED: Final = spark_schema_of(_HEADED_ARROW)


def ingest_table(spark: SparkSession, config: PipelineConfig, task: TableTask, started: float) -> ProfiledTable:
    """Merge the windows of one table and run; see `stageprint.serving.ingestion`.

    Args:
        spark: The session.
        config: The pipeline.
        task: The table and run.
        started: When the table was begun, by the monotonic clock.

    Raises:
        SourceError: There is no file of the table, or none that can be read.
    """
    source = task.table.source.for_run(task.run_id)
    found = _merged(_open(spark, source), task.key, task.run_id, config.sketches)
    known = files.facts(spark, source.text)
    return profiled_windows(config.pipeline, task, found, known.bytes, known.files, started)


def _open(spark: SparkSession, source: Source) -> DataFrame:
    if files.exists(spark, source.text) is False:
        raise missing_source(source, files.siblings(spark, source.text.rstrip("/")))
    reader = spark.read.format("binaryFile").option("pathGlobFilter", f"*{FILE_SUFFIX}")
    return reader.option("recursiveFileLookup", "true").load(source.text).select("path", "content")


def _merged(frame: DataFrame, key: TableKey, run: str, settings: SketchSettings) -> MergedFiles:
    merge = _merger(key, run, settings)
    found, is_uniform = _joined(frame.coalesce(_MAX_MERGED_WINDOWS).mapInArrow(merge, _SHARE), settings)
    if is_uniform:
        return found
    # Only one task that has all windows can merge them in their order.
    ordered = frame.mapInArrow(_with_order, _HEADED).repartition(1).sortWithinPartitions(*_ORDER)
    return _joined(ordered.mapInArrow(merge, _SHARE), settings)[0]


def _joined(frame: DataFrame, settings: SketchSettings) -> tuple[MergedFiles, bool]:
    """Return the merged windows of all tasks as one, and whether their order is of no matter."""
    shares: list[dict[str, Any]] = to_arrow(frame).to_pylist()
    rejected = tuple((row["file"], row["rejected"]) for row in shares if row["rejected"] is not None)
    parts = [read_window(row["window"]) for row in shares if row["window"] is not None]
    uniformity = Uniformity()
    for part in parts:
        uniformity.add(part)
    window = merge_windows(parts, settings) if parts else None
    found = MergedFiles(window, rejected, any(row["other"] for row in shares))
    return found, uniformity.holds and all(row["uniform"] is not False for row in shares)


def _merger(
    key: TableKey, run: str, settings: SketchSettings
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return the function that merges one partition's files into one window."""

    def merge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        merger = FileMerger(key, run, settings)
        for path, content in _contents(batches):
            merger.add(_name(path), content)
        found = merger.result()
        window = None if found.window is None else window_bytes(found.window)
        rows: list[dict[str, Any]] = [{"file": file, "rejected": reason} for file, reason in found.rejected]
        rows.append({"other": found.has_others, "uniform": merger.is_uniform, "window": window})
        yield pa.RecordBatch.from_pylist(rows, _SHARE_ARROW)

    return merge


def _with_order(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield each file with what its place among the others follows from; a file that says nothing comes first."""
    for path, content in _contents(batches):
        row: dict[str, Any] = {"path": path, "content": content, "name": _name(path)}
        with suppress(StateError):  # whoever merges it says what is wrong
            row["start"], row["replica"], row["end"] = read_head(pa.BufferReader(content)).order
        yield pa.RecordBatch.from_pylist([row], _HEADED_ARROW)


def _contents(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, bytes]]:
    for batch in batches:
        for path, content in zip(batch.column(0).to_pylist(), batch.column(1), strict=True):
            yield path, content.as_py()


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]
