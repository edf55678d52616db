"""Measures and decides runs with many columns in parts, which stay in the executors.

A part is a group of columns, packed into one row of a DataFrame: first measurements and history, later decided shifts.
The driver receives only what parts must exchange (see `stageprint.decision.RunPart`) and what diagnosis needs.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import and_
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.storagelevel import StorageLevel

from stageprint.config.decision import DecisionSettings
from stageprint.decision import (
    CALIBRATION,
    DECISIONS,
    PREVIOUS,
    Calibration,
    RunPart,
    VariancePool,
    merge_pools,
    newest_of,
    previous_of,
)
from stageprint.decision.flags import KEY
from stageprint.decision.learning import judged_tables
from stageprint.decision.prior import Moments
from stageprint.diagnosis.evidence import flagged_rows
from stageprint.engines.spark.compat import apply_to_groups, apply_to_pairs, arrow_frame, spark_schema_of, to_arrow
from stageprint.engines.spark.frames import FrameStore, SparkRows, frame_store
from stageprint.engines.spark.grouping import grouped, stored_profiles
from stageprint.model import TABLE_LEVEL, TableKey
from stageprint.model.judged import Judged, judged_from_rows, judged_rows
from stageprint.model.result_tables import SHIFTS
from stageprint.pipeline.compare.column_measures import measure_columns
from stageprint.pipeline.compare.decided import PastShifts, StoredShifts, rows_of
from stageprint.pipeline.compare.planning import ReferencePlan
from stageprint.pipeline.compare.strategy import ComparisonRequest
from stageprint.pipeline.profile_codec import key_from_row

PARTS_PER_TASK: Final = 4
"""Parts that one task measures one after the other."""

_HISTORY: Final = (*KEY, "statistic", "severity", "score", "p_value", "references")
"""Columns of decided shifts that the decision about the next run needs."""

_TABLE: Final = KEY[:-1]
"""Columns of decided shifts that identify a table or slice."""

_MEASURED: Final = pa.schema([("measurements", pa.binary()), ("previous", pa.binary()), ("pool", pa.string())])
_DECIDED: Final = pa.schema(
    [
        ("shifts", pa.binary()),
        ("flagged", pa.binary()),
        ("scores", pa.binary()),
        ("rows", pa.int64()),
        ("judged", pa.string()),
    ]
)
_TESTED: Final = pa.schema([("p", pa.list_(pa.float64()))])

Batches = Iterable[pa.RecordBatch]


class DecidedParts:
    """Decided shifts, packed and kept on the executors' disks.

    Attributes:
        flagged: The flagged rows, from which diagnosis finds where a problem began.
        scores: The run's scores, by which later runs are calibrated.
        rows: Number of all rows.
        judged: How many columns of each whole table were judged, and by what.
    """

    def __init__(self, parts: DataFrame) -> None:
        self._parts = _kept(parts)
        found = to_arrow(self._parts.select("flagged", "scores", "rows", "judged"))
        self.flagged = _unpack_all(found["flagged"], DECISIONS)
        self.scores = Calibration.from_arrow(_unpack_all(found["scores"], CALIBRATION))
        self.rows = sum(found["rows"].to_pylist())
        self.judged = _merged(json.loads(text) for text in found["judged"].to_pylist())

    @property
    def frame(self) -> DataFrame:
        """All rows, with the columns of `DECISIONS`."""
        return self._parts.select("shifts").mapInArrow(_unpacked, spark_schema_of(DECISIONS))

    def as_rows(self, facts: dict[str, str]) -> SparkRows:
        """Return all rows as rows of `shifts`, which can be written without passing through the driver."""
        return SparkRows(self.frame.withColumns({name: F.lit(text) for name, text in facts.items()}))

    def of_tables(self, tables: Collection[TableKey]) -> pa.Table:
        """Return the rows of some tables."""
        chosen = self._parts.select("shifts").mapInArrow(_chosen(tables), spark_schema_of(DECISIONS))
        return to_arrow(chosen).cast(DECISIONS)

    def table(self) -> pa.Table:
        """Return all rows."""
        return to_arrow(self.frame).cast(DECISIONS)


def decide_in_parts(request: ComparisonRequest, store: FrameStore, profiles_per_part: int) -> DecidedParts:
    """Measure and decide every column of a run; profiles and sketches never reach the driver.

    Args:
        request: The run.
        store: Its store.
        profiles_per_part: Column profiles in a part.
    """
    plan, settings = request.plan, request.settings
    parts = -(-request.profiles // profiles_per_part)
    history = past_frames(request, store.spark)
    past = _aged(history) if history else None
    measured = _kept(_measured(store, plan, parts, past, settings))
    previous = _previous(_table_level(past)) if past is not None else None
    of_tables = RunPart(request.tables, previous, settings, request.calibration, request.level)
    found = to_arrow(measured.select("pool"))["pool"].to_pylist()
    pool = merge_pools([*(_pool_from(text) for text in found), of_tables.variance_pool()])
    known = request.calibration.needed
    tested = to_arrow(measured.mapInArrow(_tester(pool, settings, known), spark_schema_of(_TESTED)))["p"]
    hypotheses = np.sort(np.concatenate([of_tables.hypotheses(pool), pc.list_flatten(tested).to_numpy()]))
    whole = _packed_decision(of_tables, pool, hypotheses)
    decided = measured.mapInArrow(_decider(pool, hypotheses, settings, known, request.level), spark_schema_of(_DECIDED))
    result = DecidedParts(decided.unionByName(arrow_frame(store.spark, whole)))
    measured.unpersist()
    return result


def past_frames(request: ComparisonRequest, spark: SparkSession) -> list[DataFrame]:
    """Return the decided shifts of the latest runs, oldest first.

    Older runs contribute only rows that are missing from the newest: those of tables that were not compared in it, or
    whose columns have changed since.

    Args:
        request: The run under test.
        spark: The session.
    """
    if not request.history:
        return []
    *older, last = (_frame_of(shifts, spark) for shifts in request.history)
    compared = {key_from_row(row) for row in to_arrow(last.select(*_TABLE).distinct()).to_pylist()}
    then, now = request.previous_schemas, request.schemas
    known = {key for key in compared & then.keys() & now.keys() if then[key] == now[key]}
    missing = [[key.stage, key.table, *(key.slice or (None, None))] for key in now if key not in known]
    if not missing:
        return [last]
    schema = ", ".join(f"{name} string" for name in _TABLE)
    wanted = F.broadcast(spark.createDataFrame(missing, schema).withColumnsRenamed({n: f"wanted_{n}" for n in _TABLE}))
    same = reduce(and_, [F.col(name).eqNullSafe(F.col(f"wanted_{name}")) for name in _TABLE])
    return [*(frame.join(wanted, same, "left_semi") for frame in older), last]


def _frame_of(shifts: PastShifts, spark: SparkSession) -> DataFrame:
    if isinstance(shifts, DecidedParts):
        return shifts.frame
    if isinstance(shifts, StoredShifts) and (store := frame_store(shifts.store)) is not None:
        return store.frame(SHIFTS, shifts.where, DECISIONS.names)
    return arrow_frame(spark, shifts.table())


def _measured(
    store: FrameStore, plan: ReferencePlan, parts: int, past: DataFrame | None, settings: DecisionSettings
) -> DataFrame:
    tasks = max(1, -(-parts // PARTS_PER_TASK))
    profiles = grouped(stored_profiles(store, plan), plan, parts)
    schema = spark_schema_of(_MEASURED)
    if past is None:
        alone = profiles.repartition(tasks, "group")
        return apply_to_groups(alone, ["group"], lambda rows: _measure(plan, rows, None, settings), schema)
    history = grouped(past.where(F.col("column_name") != TABLE_LEVEL), plan, parts)
    return apply_to_pairs(
        profiles, history, "group", lambda rows, then: _measure(plan, rows, then, settings), schema, tasks
    )


def _measure(plan: ReferencePlan, profiles: pa.Table, past: pa.Table | None, settings: DecisionSettings) -> pa.Table:
    measurements = measure_columns(profiles, plan) if profiles.num_rows else None
    if measurements is None or not measurements.num_rows:
        return _MEASURED.empty_table()
    previous = _previous(past) if past is not None else PREVIOUS.empty_table()
    pool = RunPart(measurements, previous, settings).variance_pool()
    return pa.table([[pack(measurements)], [pack(previous)], [_pool_as_text(pool)]], schema=_MEASURED)


def _aged(history: Sequence[DataFrame]) -> DataFrame:
    """Return the decided shifts of several runs with a column `age`, the position of the run."""
    frames = [frame.select(*_HISTORY).withColumn("age", F.lit(age)) for age, frame in enumerate(history)]
    result = frames[0]
    for frame in frames[1:]:
        result = result.unionByName(frame)
    return result


def _table_level(past: DataFrame) -> pa.Table:
    return to_arrow(past.where(F.col("column_name") == TABLE_LEVEL))


def _previous(past: pa.Table) -> pa.Table:
    shifts = past.drop_columns(["age"])
    shifts = shifts.select(_HISTORY).cast(pa.schema([DECISIONS.field(name) for name in _HISTORY]))
    return previous_of(newest_of(shifts, past["age"].to_numpy().astype(np.int64)))


def _tester(
    pool: VariancePool, settings: DecisionSettings, calibration: Calibration
) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for part in _parts_in(batches, settings, calibration):
            yield pa.record_batch([pa.array([part.hypotheses(pool)], _TESTED.field("p").type)], schema=_TESTED)

    return run


def _decider(
    pool: VariancePool,
    hypotheses: np.ndarray[Any, Any],
    settings: DecisionSettings,
    calibration: Calibration,
    level: float | None,
) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for part in _parts_in(batches, settings, calibration, level):
            yield from _packed_decision(part, pool, hypotheses).to_batches()

    return run


def _parts_in(
    batches: Batches, settings: DecisionSettings, calibration: Calibration, level: float | None = None
) -> Iterator[RunPart]:
    for batch in batches:
        for row in range(batch.num_rows):
            measurements, previous = (unpack(batch.column(name)[row].as_py()) for name in ("measurements", "previous"))
            yield RunPart(measurements, previous, settings, calibration, level)


def _packed_decision(part: RunPart, pool: VariancePool, hypotheses: np.ndarray[Any, Any]) -> pa.Table:
    decided = part.decide(pool, hypotheses)
    scores = part.scores(pool, decided).to_arrow()
    judged = json.dumps(judged_rows(judged_tables(decided)))
    packed = [[pack(decided)], [pack(flagged_rows(decided))], [pack(scores)], [decided.num_rows], [judged]]
    return pa.table(packed, schema=_DECIDED)


def _merged(parts: Iterable[Iterable[Mapping[str, Any]]]) -> dict[TableKey, Judged]:
    """Return what was judged of each table, of which several parts may hold columns."""
    found: defaultdict[TableKey, list[Judged]] = defaultdict(list)
    for part in parts:
        for key, one in judged_from_rows(part).items():
            found[key].append(one)
    return {key: Judged.total(ones) for key, ones in found.items()}


def _unpacked(batches: Batches) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for packed in batch.column("shifts"):
            yield from unpack(packed.as_py()).to_batches()


def _chosen(tables: Collection[TableKey]) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in _unpacked(batches):
            yield from rows_of(pa.Table.from_batches([batch]), tables).to_batches()

    return run


def pack(table: pa.Table) -> bytes:
    """Serialise a table as a compressed Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def unpack(packed: bytes) -> pa.Table:
    """Return the table that `pack` serialised."""
    return pa.ipc.open_stream(packed).read_all()


def _unpack_all(packed: pa.ChunkedArray, schema: pa.Schema) -> pa.Table:
    return pa.concat_tables([schema.empty_table(), *(unpack(one.as_py()) for one in packed)])


def _pool_as_text(pool: VariancePool) -> str:
    return json.dumps([[*name, one.count, one.mean, one.square, one.chance] for name, one in pool.items()])


def _pool_from(text: str) -> VariancePool:
    return {
        (kind, statistic, reference): Moments(*figures) for kind, statistic, reference, *figures in json.loads(text)
    }


def _kept(frame: DataFrame) -> DataFrame:
    """Keep the rows of a DataFrame on the executors' disks if possible, since they are read several times."""
    try:
        return frame.persist(StorageLevel.DISK_ONLY)
    except PySparkException:  # serverless compute cannot persist; the rows are computed again for every read
        return frame
