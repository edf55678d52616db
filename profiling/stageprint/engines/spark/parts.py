"""Runs of many columns, measured and decided in parts in the executors.

A part is a group of columns, packed into one row: its measurements and their history, then its decided shifts. The
driver gets what the parts have to know of each other (`stageprint.decision.Part`) and what diagnosis asks for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.storagelevel import StorageLevel

from stageprint.config.decision import DecisionSettings
from stageprint.decision import (
    CALIBRATION,
    DECISIONS,
    PREVIOUS,
    Calibration,
    Part,
    VariancePool,
    merge_pools,
    newest_of,
    previous_of,
)
from stageprint.decision.flags import keys_of
from stageprint.decision.prior import Moments
from stageprint.diagnosis.evidence import flagged_rows
from stageprint.engines.spark.measure import ReferencePlan, grouped, measure_group, stored_profiles
from stageprint.model import TABLE_LEVEL, TableKey
from stageprint.stores.spark.store import Store

TOGETHER: Final = 5_000
"""Runs of up to so many columns are measured and decided in one piece, on the driver."""

ROWS_A_PART: Final = 3_000
"""Rows of `column_profiles` behind a part: some 30 MiB of sketches in a worker at a time, 0.5 GiB when measured."""

PARTS_A_TASK: Final = 4
"""Parts that one task sorts and measures one after the other."""

_HISTORY: Final = ("stage", "table_name", "column_name", "statistic", "severity", "score", "p_value", "references")
"""What the next run needs of decided shifts."""

_MEASURED: Final = pa.schema([("measurements", pa.binary()), ("previous", pa.binary()), ("pool", pa.string())])
_DECIDED: Final = pa.schema(
    [
        ("shifts", pa.binary()),
        ("flagged", pa.binary()),
        ("scores", pa.binary()),
        ("rows", pa.int64()),
        ("columns", pa.int64()),
    ]
)
_TESTED: Final = pa.schema([("p", pa.list_(pa.float64()))])

Batches = Iterable[pa.RecordBatch]


class Past(Protocol):
    """The decided shifts of an earlier run, wherever they are."""

    def table(self) -> pa.Table:
        """Return all rows, of schema `DECISIONS`."""

    def frame(self, spark: SparkSession) -> DataFrame:
        """Return all rows as Spark has them, with the columns of `DECISIONS`."""


class Decided(Past, Protocol):
    """The decided shifts of a run."""

    @property
    def flagged(self) -> pa.Table:
        """The rows that take part in localisation."""

    @property
    def scores(self) -> Calibration:
        """The run's scores, by which later runs are calibrated."""

    @property
    def rows(self) -> int:
        """Number of all rows."""

    @property
    def columns(self) -> int:
        """Number of columns (and tables) compared."""

    def of_tables(self, tables: Collection[TableKey]) -> pa.Table:
        """Return the rows of some tables."""


class StoredShifts:
    """The decided shifts of a run that was compared earlier, in the store.

    Args:
        shifts: The run's rows of `shifts`.
    """

    def __init__(self, shifts: DataFrame) -> None:
        self._shifts = shifts.select(*DECISIONS.names)

    def table(self) -> pa.Table:
        """Return all rows."""
        return self._shifts.toArrow().cast(DECISIONS)

    def frame(self, spark: SparkSession) -> DataFrame:  # noqa: ARG002 -- it knows its own
        """Return all rows as Spark has them."""
        return self._shifts


class DecidedTable:
    """Decided shifts in the driver's memory.

    Args:
        decided: All rows.
        scores: What later runs are calibrated by.
    """

    def __init__(self, decided: pa.Table, scores: Calibration) -> None:
        self._decided = decided
        self.scores = scores

    @cached_property
    def flagged(self) -> pa.Table:
        """The rows that take part in localisation."""
        return flagged_rows(self._decided)

    @property
    def rows(self) -> int:
        """Number of all rows."""
        return int(self._decided.num_rows)

    @cached_property
    def columns(self) -> int:
        """Number of columns compared."""
        return len(set(keys_of(self._decided)))

    def table(self) -> pa.Table:
        """Return all rows."""
        return self._decided

    def of_tables(self, tables: Collection[TableKey]) -> pa.Table:
        """Return the rows of some tables."""
        return rows_of(self._decided, tables)

    def frame(self, spark: SparkSession) -> DataFrame:
        """Return all rows as Spark has them."""
        return spark.createDataFrame(self._decided)


class DecidedParts:
    """Decided shifts packed on the executors' disks.

    Attributes:
        flagged: The rows that take part in localisation.
        scores: What later runs are calibrated by.
        rows: Number of all rows.
        columns: Number of columns compared.
    """

    def __init__(self, parts: DataFrame) -> None:
        self._parts = _kept(parts)
        found = self._parts.select("flagged", "scores", "rows", "columns").toArrow()
        self.flagged = _unpack_all(found["flagged"], DECISIONS)
        self.scores = Calibration.from_arrow(_unpack_all(found["scores"], CALIBRATION))
        self.rows = sum(found["rows"].to_pylist())
        self.columns = sum(found["columns"].to_pylist())

    def frame(self, spark: SparkSession) -> DataFrame:  # noqa: ARG002 -- it knows its own
        """Return all rows as Spark has them."""
        return self._parts.select("shifts").mapInArrow(_unpacked, from_arrow_schema(DECISIONS))

    def of_tables(self, tables: Collection[TableKey]) -> pa.Table:
        """Return the rows of some tables."""
        return (
            self._parts.select("shifts")
            .mapInArrow(_chosen(tables), from_arrow_schema(DECISIONS))
            .toArrow()
            .cast(DECISIONS)
        )

    def table(self) -> pa.Table:
        """Return all rows."""
        return (
            self._parts.select("shifts").mapInArrow(_unpacked, from_arrow_schema(DECISIONS)).toArrow().cast(DECISIONS)
        )


def decide_in_parts(
    store: Store,
    plan: ReferencePlan,
    rows: int,
    tables: pa.Table,
    history: Sequence[DataFrame],
    settings: DecisionSettings,
    calibration: Calibration,
) -> DecidedParts:
    """Measure and decide every column of the run under test without collecting anything but numbers.

    Args:
        store: The store.
        plan: What the columns are compared with.
        rows: About how many rows of `column_profiles` that reads.
        tables: Measurements of the whole tables.
        history: Decided shifts of earlier runs, oldest first.
        settings: Of the decision rule.
        calibration: Scores of earlier runs.
    """
    parts = -(-rows // ROWS_A_PART)
    past = _aged(history) if history else None
    measured = _kept(_measured(store, plan, parts, past, settings))
    of_tables = Part(tables, _previous(_table_level(past)) if past is not None else None, settings, calibration)
    found = measured.select("pool").toArrow()["pool"].to_pylist()
    pool = merge_pools([*(_pool_from(text) for text in found), of_tables.variance_pool()])
    known = calibration.needed
    tested = measured.mapInArrow(_tester(pool, settings, known), from_arrow_schema(_TESTED)).toArrow()["p"]
    hypotheses = np.sort(np.concatenate([of_tables.hypotheses(pool), pc.list_flatten(tested).to_numpy()]))
    whole = _packed_decision(of_tables, pool, hypotheses)
    decided = measured.mapInArrow(_decider(pool, hypotheses, settings, known), from_arrow_schema(_DECIDED))
    result = DecidedParts(decided.unionByName(store.spark.createDataFrame(whole)))
    measured.unpersist()
    return result


def _measured(
    store: Store, plan: ReferencePlan, parts: int, past: DataFrame | None, settings: DecisionSettings
) -> DataFrame:
    tasks = max(1, -(-parts // PARTS_A_TASK))
    profiles = grouped(stored_profiles(store, plan), plan, parts).repartition(tasks, "group").groupBy("group")
    schema = from_arrow_schema(_MEASURED)
    if past is None:
        return profiles.applyInArrow(lambda rows: _measure(plan, rows, None, settings), schema)
    of_columns = grouped(past.where(F.col("column_name") != TABLE_LEVEL), plan, parts)
    history = of_columns.repartition(tasks, "group").groupBy("group")
    return profiles.cogroup(history).applyInArrow(lambda rows, then: _measure(plan, rows, then, settings), schema)


def _measure(plan: ReferencePlan, profiles: pa.Table, past: pa.Table | None, settings: DecisionSettings) -> pa.Table:
    measurements = measure_group(profiles, plan) if profiles.num_rows else None
    if measurements is None or not measurements.num_rows:
        return _MEASURED.empty_table()
    previous = _previous(past) if past is not None else PREVIOUS.empty_table()
    pool = Part(measurements, previous, settings).variance_pool()
    return pa.table([[pack(measurements)], [pack(previous)], [_pool_as_text(pool)]], schema=_MEASURED)


def _aged(history: Sequence[DataFrame]) -> DataFrame:
    """Return the decided shifts of several runs, each with the place of its run."""
    frames = [frame.select(*_HISTORY).withColumn("age", F.lit(age)) for age, frame in enumerate(history)]
    result = frames[0]
    for frame in frames[1:]:
        result = result.unionByName(frame)
    return result


def _table_level(past: DataFrame) -> pa.Table:
    return past.where(F.col("column_name") == TABLE_LEVEL).toArrow()


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
    pool: VariancePool, hypotheses: np.ndarray[Any, Any], settings: DecisionSettings, calibration: Calibration
) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for part in _parts_in(batches, settings, calibration):
            yield from _packed_decision(part, pool, hypotheses).to_batches()

    return run


def _parts_in(batches: Batches, settings: DecisionSettings, calibration: Calibration) -> Iterator[Part]:
    for batch in batches:
        for row in range(batch.num_rows):
            measurements, previous = (unpack(batch.column(name)[row].as_py()) for name in ("measurements", "previous"))
            yield Part(measurements, previous, settings, calibration)


def _packed_decision(part: Part, pool: VariancePool, hypotheses: np.ndarray[Any, Any]) -> pa.Table:
    decided = part.decide(pool, hypotheses)
    columns = len(set(keys_of(decided)))
    scores = part.scores(pool, decided).to_arrow()
    packed = [[pack(decided)], [pack(flagged_rows(decided))], [pack(scores)], [decided.num_rows], [columns]]
    return pa.table(packed, schema=_DECIDED)


def _unpacked(batches: Batches) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for packed in batch.column("shifts"):
            yield from unpack(packed.as_py()).to_batches()


def _chosen(tables: Collection[TableKey]) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in _unpacked(batches):
            yield from rows_of(pa.Table.from_batches([batch]), tables).to_batches()

    return run


def rows_of(decided: pa.Table, tables: Collection[TableKey]) -> pa.Table:
    """Return the decided shifts of some tables."""
    place = pc.binary_join_element_wise(decided["stage"], decided["table_name"], "\x1f")
    wanted = pa.array([f"{table.stage}\x1f{table.table}" for table in tables], pa.string())
    return decided.filter(pc.is_in(place, value_set=wanted))


def pack(table: pa.Table) -> bytes:
    """Return a table as bytes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def unpack(packed: bytes) -> pa.Table:
    """Return the table that `pack` made these bytes of."""
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
    """Keep a frame's rows on the executors' disks, where Spark can: they are read several times."""
    try:
        return frame.persist(StorageLevel.DISK_ONLY)
    except PySparkException:  # serverless compute keeps nothing, and computes it again
        return frame
