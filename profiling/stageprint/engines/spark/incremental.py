"""Incremental profiling: reads only partitions whose files changed, and merges the profiles of all partitions.

Each partition is stored as a slice of the table, with a hash of its files and of the profiling plan. A partition whose
hash is already in the store is taken from there. The files are those that Delta's log or Iceberg's metadata name, else
those that Spark finds (path, size, modification time, rows), which reads the partition column. A version of a table
that is in the store as a whole is not looked at any further.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.tables import SliceConfig, TableConfig
from stageprint.engines.spark.changes import files_by_partition, version_text
from stageprint.engines.spark.compat import arrow_frame, to_arrow
from stageprint.engines.spark.frames import frame_of
from stageprint.engines.spark.plan import ScanPlan, plan_scan
from stageprint.engines.spark.scan import PARTIAL, PARTIAL_ARROW, merge, partial_states
from stageprint.engines.spark.sources import OpenSource
from stageprint.engines.spark.transfer import arrow_batches
from stageprint.errors import SourceError
from stageprint.fingerprint import SlicePlan, TablePlan, members, pack_bytes
from stageprint.model import NULL_VALUE, ColumnKind, Slice, TableKey
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import NO_ROW, where
from stageprint.pipeline.profile_codec import KEY_JOIN
from stageprint.pipeline.scan_plan import lacks_any, other_columns
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import ProfileStore
from stageprint.redact import redacted
from stageprint.states.base import all_states
from stageprint.states.counts import CountsState
from stageprint.states.quality import QualityState
from stageprint.states.theta import ThetaState

_FILE_FACTS = ("file_path", "file_size", "file_modification_time")


@dataclass(frozen=True)
class IncrementalScan:
    """A table profiled by partition.

    Attributes:
        plan: The scan; its only slice plan lists every partition.
        merged: The result of `merge`.
        fingerprints: `slice_value` of a partition → hash of its files and of the plan.
        version: Hash of the version of the whole table and of the plan; None: the source has no versions.
        read: `slice_value` of the partitions that were read; the others were taken from the store.
        scanned: Number of rows in the partitions that were read.
    """

    plan: ScanPlan
    merged: pa.Table
    fingerprints: Mapping[str, str]
    version: str | None
    read: frozenset[str]
    scanned: int

    def facts(self, member: Slice | None, rows: int) -> dict[str, Any]:
        """Return further values of a row of `table_profiles`: rows scanned and a hash.

        Args:
            member: The partition; None: the whole table.
            rows: Number of its rows.
        """
        if member is None:
            return {"source_fingerprint": self.version, "rows_scanned": self.scanned}
        scanned = rows if member.value in self.read else 0
        return {"source_fingerprint": self.fingerprints.get(member.value), "rows_scanned": scanned}


def scan_incrementally(
    opened: OpenSource,
    key: TableKey,
    config: TableConfig,
    pipeline: PipelineConfig,
    run: str,
    referenced: Collection[str],
    store: ProfileStore,
) -> IncrementalScan:
    """Profile the partitions that are not in the store unchanged, and merge the profiles of all partitions.

    Raises:
        SourceError: The table has no such column, or Spark does not know the table's files.
    """
    by, frame, options = str(config.incremental), opened.frame, config.source.options
    field = _field(frame, by, config)
    label = F.col(f"`{field.name.replace('`', '``')}`").cast("string")
    sliced = config.model_copy(update={"slices": (SliceConfig(by=by, values=()),)})
    plan = plan_scan(frame, sliced, pipeline.sketches, run, referenced, sensitive=pipeline.sensitive)
    plan_text, rows = _plan_text(plan.table), version_text(opened, options)
    version = None if rows is None else _hash(plan_text, [rows])
    found = {} if version is None else _of_version(store, key, by, version)
    if not found:
        parts = files_by_partition(opened, options, field)
        parts = _listed(frame, label, config.name) if parts is None else parts
        found = {value: _hash(plan_text, sorted(files)) for value, files in parts.items()}
    stored = _stored(store, key, by, found)
    read = frozenset(found) - frozenset(stored)
    plan = replace(plan, slices=(SlicePlan(by, tuple(value for value in sorted(found) if value != NULL_VALUE)),))
    partials = _from_store(frame.sparkSession, store, key, plan, by, stored)
    if read:
        # The plan's frame has the partition's text behind its columns.
        fresh = plan.frame.where(_among(F.col(f"c{plan.table.width}"), read))
        partials = partials.unionByName(fresh.mapInArrow(partial_states(plan.table, plan.slices), PARTIAL))
    with arrow_batches(frame.sparkSession):
        merged = merge(partials, [plan])
    scanned = sum(rows for member, rows in _rows(merged, plan) if member is not None and member.value in read)
    return IncrementalScan(plan, merged, found, version, read, scanned)


def _rows(merged: pa.Table, plan: ScanPlan) -> Iterator[tuple[Slice | None, int]]:
    """Yield the whole table (None) and each partition, with their numbers of rows."""
    own = merged.filter(pc.equal(merged["index"], plan.table.table_index))
    every = members(plan.slices)
    for member, states in zip(own["member"].to_pylist(), own["states"].to_pylist(), strict=True):
        yield every[member], CountsState.from_bytes(states[CountsState.name]).rows


def _field(frame: DataFrame, by: str, table: TableConfig) -> T.StructField:
    found = [field for field in frame.schema.fields if field.name.casefold() == by.casefold()]
    if len(found) != 1:
        lacks = lacks_any(frame.columns, table.columns.sensitive)
        hint = other_columns(by, frame.columns, lacks=True) if lacks else f"; it has {', '.join(frame.columns)}"
        message = f"table {table.name!r}: incremental: the source has no column {by!r}{hint}"
        raise SourceError(message)
    return found[0]


def _among(label: Any, values: Iterable[str]) -> Any:
    chosen = label.isin([value for value in values if value != NULL_VALUE])
    return chosen | label.isNull() if NULL_VALUE in values else chosen


def _listed(frame: DataFrame, label: Any, table: str) -> dict[str, list[str]]:
    """Return one text for each file of each partition, as Spark finds them; only the partition column is read."""
    try:
        facts = frame.select(
            F.coalesce(label, F.lit(NULL_VALUE)).alias("value"), *(F.col(f"_metadata.{name}") for name in _FILE_FACTS)
        )
        files = to_arrow(facts.groupBy("value", *_FILE_FACTS).count()).to_pylist()
    except PySparkException as error:
        text = str(error).split("\n", 1)[0]
        message = f"table {table!r}: incremental: expected a source of files, whose changes Spark can tell: {text}"
        raise SourceError(message) from error
    parts: dict[str, list[str]] = {}
    for file in files:
        # A file is the same one when the key that opens it is another.
        described = (redacted(str(file[name])) for name in (*_FILE_FACTS, "count"))
        parts.setdefault(file["value"], []).append("\t".join(described))
    return parts


def _hash(plan: str, texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join([plan, *texts]).encode()).hexdigest()[:32]


def _of_version(store: ProfileStore, key: TableKey, by: str, version: str) -> dict[str, str]:
    """Return the hash of each partition in a profile of the same version; empty: there is none, or not of every row."""
    same = where(stage=key.stage, table_name=key.table, source_fingerprint=version)
    for whole in sorted(store.read(TABLE_PROFILES, same).to_pylist(), key=lambda row: row["profiled_at"], reverse=True):
        own = where(stage=key.stage, table_name=key.table, slice_key=by, run_id=whole["run_id"])
        parts = store.read(TABLE_PROFILES, own).to_pylist()
        counted = sum(part["row_count"] or 0 for part in parts)
        if whole["slice_key"] is None and whole["row_count"] == counted and all(p["source_fingerprint"] for p in parts):
            return {part["slice_value"]: part["source_fingerprint"] for part in parts}
    return {}


def _plan_text(plan: TablePlan) -> str:
    versions = sorted((name, state.version) for name, state in all_states().items())
    # The columns hold the id of the secret: profiles hashed with another one cannot be merged.
    return repr((plan.columns, plan.keys, plan.settings, plan.model_columns, versions, plan.min_group_size))


def _stored(store: ProfileStore, key: TableKey, by: str, found: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the latest stored row of each unchanged partition, by `slice_value`."""
    same_files = where(stage=key.stage, table_name=key.table, slice_key=by, source_fingerprint=list(found.values()))
    rows = sorted(store.read(TABLE_PROFILES, same_files).to_pylist(), key=lambda row: row["profiled_at"])
    same = [row for row in rows if found.get(row["slice_value"]) == row["source_fingerprint"]]
    return {row["slice_value"]: row for row in same}


def _from_store(
    spark: SparkSession,
    store: ProfileStore,
    key: TableKey,
    plan: ScanPlan,
    by: str,
    stored: Mapping[str, Mapping[str, Any]],
) -> DataFrame:
    """Return the stored states of partitions as partial states, once for the whole table and once for the slice."""
    numbers = {member.value: number for number, member in enumerate(members(plan.slices)) if member is not None}
    rows = [
        (0, member, index, blob)
        for value, row in stored.items()
        for index, blob in _table_partials(plan.table, row)
        for member in (0, numbers[value])
    ]
    names = PARTIAL_ARROW.names
    own = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], PARTIAL_ARROW)
    tables = arrow_frame(spark, own, PARTIAL)
    if not stored:
        return tables
    own_runs = NO_ROW
    for value, row in stored.items():
        own_runs |= where(run_id=row["run_id"], slice_value=value)
    rows_of_partitions = own_runs & where(stage=key.stage, table_name=key.table, slice_key=by)
    columns = frame_of(spark, store, column_profiles(), rows_of_partitions, ("slice_value", "column_name", "states"))
    columns = columns.mapInArrow(_column_partials(plan.table, numbers), PARTIAL)
    return tables.unionByName(columns)


def _table_partials(plan: TablePlan, row: Mapping[str, Any]) -> Iterator[tuple[int, bytes]]:
    """Yield index and states of the table itself and of its keys, from a row of `table_profiles`."""
    counts = CountsState.empty(ColumnKind.OTHER, plan.settings)
    counts.add_rows(row["row_count"], 0)
    quality = {QualityState.name: row["quality"]["state"]} if plan.model_columns else {}
    yield plan.table_index, pack_bytes({counts.name: counts.to_bytes(), **quality})
    keys = {stored["columns"]: stored for stored in row["keys"] or []}
    for number, paths in enumerate(plan.keys):
        stored = keys[KEY_JOIN.join(paths)]
        counts = CountsState.empty(ColumnKind.OTHER, plan.settings)
        counts.add_rows(stored["rows"], stored["null_rows"])
        sketch = {} if stored["theta"] is None else {ThetaState.name: stored["theta"]}
        yield -1 - number, pack_bytes({counts.name: counts.to_bytes(), **sketch})


def _column_partials(
    plan: TablePlan, numbers: Mapping[str, int]
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return the function that converts rows of `column_profiles` to partial states."""
    indices = {column.path: index for index, column in enumerate(plan.columns)}

    def convert(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = []
            for row in batch.to_pylist():
                index = indices[row["column_name"]]
                blob = pack_bytes({name: row["states"][name] for name in plan.columns[index].states})
                rows += [(0, member, index, blob) for member in (0, numbers[row["slice_value"]])]
            # A batch without rows still needs the schema.
            columns = zip(*rows, strict=True) if rows else [[]] * len(PARTIAL_ARROW)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, PARTIAL_ARROW, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=PARTIAL_ARROW)

    return convert
