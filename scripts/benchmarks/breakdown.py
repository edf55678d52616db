"""Where the fast path spends its time: the work of one task on one core, without Spark."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pyspark.sql import SparkSession

from scripts.benchmarks.cases import Cases
from scripts.benchmarks.measure import Result, report_progress
from scripts.benchmarks.table import shape
from stageprint.batch.column import ColumnBatch
from stageprint.engines.parquet.read import read
from stageprint.engines.spark.arrow_scan import distribute
from stageprint.engines.spark.arrow_source import ArrowSource
from stageprint.fingerprint import SlicedFingerprint
from stageprint.states.base import all_states

SHARED_FORMS = {
    "sorted_values": "sort or count numbers",
    "texts": "count texts",
    "hashes": "hash values",
    "lengths": "lengths of texts",
    "hours": "hours of timestamps",
}
"""What `ColumnBatch` computes once for several states → what it is called here."""


class Clock:
    """Counts seconds by label, without those of clocked functions called inside."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stack: list[list[float]] = []

    def wrap(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its time counted under a label."""

        def clocked(*arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            self._stack.append([0.0])
            try:
                return function(*arguments, **named)
            finally:
                spent = time.perf_counter() - started
                (inside,) = self._stack.pop()
                self.seconds[label] = self.seconds.get(label, 0.0) + spent - inside
                if self._stack:
                    self._stack[-1][0] += spent

        return clocked


def bench_breakdown(spark: SparkSession, folder: Path) -> Iterator[Result]:
    """Yield the seconds that each part of the work takes on one core, for a folder of Parquet files."""
    rows, columns = shape(folder)
    report_progress(f"breakdown: {rows:,} rows × {columns} columns on one core …")
    _, source = Cases(spark, folder).planned("arrow")
    if not isinstance(source, ArrowSource):
        raise RuntimeError(source)
    clock = Clock()
    whole = clock.wrap("everything else", _work)
    with ExitStack() as patches:
        for name, state in all_states().items():
            patches.enter_context(patch.object(state, "update", clock.wrap(f"state {name}", state.update)))
        for name, label in SHARED_FORMS.items():
            lazy = vars(ColumnBatch)[name]
            patches.enter_context(patch.object(lazy, "func", clock.wrap(label, lazy.func)))
        whole(source, clock)
    total = sum(clock.seconds.values())
    for label, seconds in sorted(clock.seconds.items(), key=lambda item: -item[1]):
        yield Result(label, rows, columns, seconds, None, (seconds,), {"share": round(seconds / total, 3)})


def _work(source: ArrowSource, clock: Clock) -> None:
    for parts in distribute([source], 2):
        for part in parts:
            fingerprint = SlicedFingerprint(part.plan, part.slices)
            for piece in part.ranges:
                batches = iter(read(piece, part.columns, part.rules))
                following = clock.wrap("read and decode", lambda found=batches: next(found, None))
                while (batch := following()) is not None:
                    fingerprint.update(batch)
            clock.wrap("write states", lambda own=fingerprint: list(own.partials()))()
