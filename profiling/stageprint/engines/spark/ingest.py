"""Ingests the windows that serving processes wrote: those of all replicas are merged into one table's profile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import as_of
from stageprint.config.sketches import SketchSettings
from stageprint.config.sources import Source
from stageprint.config.tables import TableConfig
from stageprint.engines.spark import files
from stageprint.engines.spark.compat import to_arrow
from stageprint.engines.spark.plan import ScanPlan
from stageprint.errors import SourceError, StateError, did_you_mean
from stageprint.fingerprint import TablePlan, pack_states
from stageprint.model import SchemaField, TableKey
from stageprint.pipeline.profile_codec import row_keys
from stageprint.pipeline.profile_rows import column_rows, merged_row, merged_schema, table_row
from stageprint.redact import redacted
from stageprint.serving.window_merge import WindowMerger, merge_windows, reduce_rejected_columns
from stageprint.serving.windows import FILE_SUFFIX, Window, read_window, window_bytes

_MAX_FILES_NAMED: Final = 3
_MAX_MERGED_WINDOWS: Final = 64
"""Merged windows that the driver receives; each is about as large as one file."""

_SHARE = T.StructType(
    [
        T.StructField("file", T.StringType()),
        T.StructField("rejected", T.StringType()),
        T.StructField("other", T.BooleanType()),
        T.StructField("window", T.BinaryType()),
    ]
)
_SHARE_ARROW = pa.schema(
    [
        pa.field("file", pa.string()),
        pa.field("rejected", pa.string()),
        pa.field("other", pa.bool_()),
        pa.field("window", pa.binary()),
    ]
)


def ingest_table(
    spark: SparkSession, config: PipelineConfig, run: str, key: TableKey, table: TableConfig
) -> tuple[dict[str, Any], pa.Table]:
    """Merge the windows of one table and run.

    A file that is damaged or of another run is left out. The row's status is then ``failed`` and its error names the
    file; the profile still holds the windows that could be merged.

    Returns:
        The row of `table_profiles` and the rows of `column_profiles`.

    Raises:
        SourceError: There is no file of the table, or none that can be read.
    """
    started = time.monotonic()
    source = table.source.for_run(run)
    frame = _open(spark, source)
    shares = _merge(frame, key, run, config.sketches)
    rejected = [(row["file"], row["rejected"]) for row in shares if row["rejected"] is not None]
    parts = [read_window(row["window"]) for row in shares if row["window"] is not None]
    known = files.facts(spark, source.text)
    if not parts:
        raise SourceError(_nothing(source, key, run, rejected, others=any(row["other"] for row in shares)))
    window = reduce_rejected_columns(merge_windows(parts, config.sketches))
    merged = _merged_rows(window, replace(window.plan, as_of=as_of(run)))
    plan = _scan_plan(frame, window, table)
    facts = {
        "source_format": source.label,
        "source_location": source.text,
        "source_version": None,
        "source_bytes": known.bytes,
        "source_files": known.files,
    }
    problems = [*_rejections(rejected, known.files), *window.problems, *_missing(table, plan)]
    row = table_row(config.pipeline, run, key, plan, merged, time.monotonic() - started, facts)
    row["engine_path"] = "serving"
    if problems:
        row |= {"status": "failed", "error": redacted("; ".join(problems))}
    return row, column_rows(merged, plan.table.columns, row_keys(config.pipeline, run, key))


def _open(spark: SparkSession, source: Source) -> DataFrame:
    if files.exists(spark, source.text) is False:
        hint = did_you_mean(source.text.rstrip("/"), files.siblings(spark, source.text.rstrip("/")))
        message = f"{source.label} source {source.text!r} does not exist{hint}"
        raise SourceError(message)
    reader = spark.read.format("binaryFile").option("pathGlobFilter", f"*{FILE_SUFFIX}")
    return reader.option("recursiveFileLookup", "true").load(source.text).select("path", "content")


def _merge(frame: DataFrame, key: TableKey, run: str, settings: SketchSettings) -> list[dict[str, Any]]:
    shares: list[dict[str, Any]] = to_arrow(
        frame.coalesce(_MAX_MERGED_WINDOWS).mapInArrow(_merger(key, run, settings), _SHARE)
    ).to_pylist()
    return shares


def _merger(
    key: TableKey, run: str, settings: SketchSettings
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return the function that merges one partition's files into one window."""

    def merge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        merger, merged, other = WindowMerger(settings), 0, False
        rejected: list[dict[str, Any]] = []
        for batch in batches:
            windows = []
            for path, content in zip(batch.column(0).to_pylist(), batch.column(1), strict=True):
                file = path.rsplit("/", 1)[-1]
                try:
                    window = read_window(content.as_py())
                except StateError as error:
                    rejected.append({"file": file, "rejected": str(error)})
                    continue
                if window.key != key:
                    other = True
                elif window.run_id != run:
                    rejected.append({"file": file, "rejected": f"it is of run {window.run_id!r}"})
                else:
                    windows.append((file, window))
            # Where types differ, the column has the type of the earliest window.
            for file, window in sorted(windows, key=lambda found: (found[1].start, found[1].replica)):
                try:
                    merger.add(window)
                    merged += 1
                except StateError as error:  # noqa: PERF203 -- each file by itself
                    rejected.append({"file": file, "rejected": str(error)})
        rows = [*rejected, {"other": other, "window": window_bytes(merger.merged()) if merged else None}]
        yield pa.RecordBatch.from_pylist(rows, _SHARE_ARROW)

    return merge


def _merged_rows(window: Window, plan: TablePlan) -> pa.Table:
    """Return a window as the result of a scan; the note of a column is the reason for its missing metrics."""
    schema = merged_schema()
    rows = []
    for index in plan.indices:
        row = merged_row(plan, (0, 0, index), [pack_states(window.states[index])])
        note = window.notes.get(window.plan.columns[index].path) if index >= 0 else None
        if note is not None and "not_computable" in row:
            row["not_computable"] = [(metric, _reason(reason, note)) for metric, reason in row["not_computable"]]
        rows.append(row)
    return pa.Table.from_pylist(rows, schema)


def _reason(reason: str, note: str) -> str:
    # The note says why the state is missing.
    return note if reason.startswith("type ") or reason.endswith(" state was kept") else reason


def _scan_plan(frame: DataFrame, window: Window, table: TableConfig) -> ScanPlan:
    schema = tuple(SchemaField(column.path, column.data_type) for column in window.plan.columns)
    return ScanPlan(window.plan, schema, _event_time(window.plan, table), config=table, make_frame=lambda: frame)


def _event_time(plan: TablePlan, table: TableConfig) -> str | None:
    if table.event_time is None:
        return None
    paths = [column.path for column in plan.columns]
    folded = [path for path in paths if path.casefold() == table.event_time.casefold()]
    return table.event_time if table.event_time in paths else folded[0] if len(folded) == 1 else None


def _missing(table: TableConfig, plan: ScanPlan) -> Iterator[str]:
    if table.event_time is not None and plan.event_time is None:
        yield f"event_time: the windows have no column {table.event_time!r}"
    have = {tuple(name.casefold() for name in key) for key in plan.table.keys}
    if table.keys and tuple(name.casefold() for name in table.keys) not in have:
        yield f"key {'+'.join(table.keys)} is not in the windows as a whole: see its columns"


def _rejections(rejected: Sequence[tuple[str, str]], count: int | None) -> Iterator[str]:
    if rejected:
        of = "" if count is None else f" of {count}"
        shown = "; ".join(f"{file} ({reason})" for file, reason in sorted(rejected)[:_MAX_FILES_NAMED])
        more = f" and {len(rejected) - _MAX_FILES_NAMED} more" if len(rejected) > _MAX_FILES_NAMED else ""
        left_out = "file is" if len(rejected) == 1 else "files are"
        yield f"{len(rejected)}{of} {left_out} left out: {shown}{more}"


def _nothing(source: Source, key: TableKey, run: str, rejected: Sequence[tuple[str, str]], *, others: bool) -> str:
    where = f"{source.label} source {source.text!r}"
    if rejected:
        return f"{where}: {'; '.join(_rejections(rejected, None))}"
    holds = "holds windows of other tables alone" if others else f"holds no {FILE_SUFFIX} file"
    return f"{where} {holds}, none of {key} in run {run!r}"
