"""Measures the merge of thousands of partial states per column in Spark, and how much memory the driver needs."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession

from scripts.benchmarks.measure import Result, median, peak_mib, report_progress, timed, worker_peak_mib
from stageprint.engines.spark.plan import ScanPlan
from stageprint.engines.spark.scan import PARTIAL, merge, partial_batch
from stageprint.fingerprint import SlicedFingerprint, TablePlan, plan_column
from stageprint.model import ColumnKind

ROWS_A_STATE = 5_000
KINDS = (ColumnKind.FLOAT, ColumnKind.INTEGER, ColumnKind.STRING, ColumnKind.TIMESTAMP) * 2


def bench_merge(spark: SparkSession, states: int, rounds: int) -> Result:
    """Return the time to merge a number of partial states of each of 8 columns, metrics included.

    The states are made in Spark beforehand and cached, so that only the merge is timed.
    """
    report_progress(f"merge: {states:,} partial states of each of {len(KINDS)} columns …")
    plan = TablePlan(tuple(plan_column(f"c{at}", at, kind.value, kind) for at, kind in enumerate(KINDS)))
    ids = spark.range(0, states, 1, max(states // 50, 4))
    partials = ids.mapInArrow(_maker(plan), PARTIAL).persist()
    ((number, size),) = partials.selectExpr("count(*)", "sum(length(partial))").collect()
    scan = ScanPlan(plan, (), None, make_frame=lambda: ids)
    merged: list[pa.Table] = []

    def run() -> None:
        merged[:] = [merge(partials, [scan])]

    gc.collect()
    before = peak_mib()
    found = timed(run, rounds)
    after = peak_mib()
    partials.unpersist(blocking=True)
    more = {
        "states_a_column": states,
        "states": number,
        "states_mib": round(size / 2**20),
        "result_mib": round(merged[0].nbytes / 2**20, 2),
        "driver_python_growth_mib": None if before is None or after is None else round(after - before, 1),
        "jvm_heap_after_gc_mib": round(_heap_mib(spark)),
        "worker_peak_mib": _rounded(worker_peak_mib()),
    }
    return Result("merge", states * ROWS_A_STATE, len(KINDS), median(found), None, found, more)


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)


def _heap_mib(spark: SparkSession) -> float:
    """Return the live heap of the JVM, which is driver and executor in one here, without the cached states."""
    jvm: Any = getattr(spark, "_jvm")  # noqa: B009 -- not public
    jvm.java.lang.System.gc()
    bean = jvm.java.lang.management.ManagementFactory.getMemoryMXBean()
    return int(bean.getHeapMemoryUsage().getUsed()) / 2**20


def _maker(plan: TablePlan) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def make(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                fingerprint = SlicedFingerprint(plan, ())
                fingerprint.update(_rows(number))
                yield partial_batch(0, fingerprint)

    return make


def _rows(number: int) -> pa.RecordBatch:
    random = np.random.default_rng(number)
    arrays = []
    for kind in KINDS:
        if kind is ColumnKind.FLOAT:
            arrays.append(pa.array(random.normal(size=ROWS_A_STATE)))
        elif kind is ColumnKind.STRING:
            words = random.zipf(1.3, ROWS_A_STATE) % 100_000
            arrays.append(pa.array(words).cast(pa.string()))
        else:
            values = pa.array(random.integers(0, 10**9, ROWS_A_STATE))
            arrays.append(values.cast(pa.timestamp("us", "UTC")) if kind is ColumnKind.TIMESTAMP else values)
    return pa.record_batch(arrays, [f"c{at}" for at in range(len(arrays))])
