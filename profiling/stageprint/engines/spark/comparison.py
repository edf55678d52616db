"""Where Spark measures and decides the columns of a run: on the driver, in executors, or in parts that stay there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql.pandas.types import from_arrow_schema

from stageprint.engines.spark.frames import FrameStore
from stageprint.engines.spark.grouping import grouped, stored_profiles
from stageprint.engines.spark.parts import decide_in_parts
from stageprint.pipeline.compare.column_measures import measure_columns
from stageprint.pipeline.compare.decided import Decided
from stageprint.pipeline.compare.planning import ReferencePlan
from stageprint.pipeline.compare.strategy import ComparisonRequest, InProcess, decide_measured
from stageprint.shifts import MEASUREMENTS


@dataclass(frozen=True)
class SparkComparison:
    """The strategy of comparisons on Spark, chosen by the size of a run.

    Attributes:
        max_profiles_on_driver: Up to so many column profiles are read and measured on the driver, some 16 KiB each.
        max_columns_on_driver: Up to so many columns of a run are measured in executors and decided on the driver; runs
            of more are decided in parts, which executors keep.
        profiles_a_part: Column profiles behind a part: some 30 MiB of sketches in a worker at a time, 0.5 GiB when
            measured.
    """

    max_profiles_on_driver: int = 20_000
    max_columns_on_driver: int = 5_000
    profiles_a_part: int = 3_000

    def keeps_in_memory(self, columns: int) -> bool:
        """Return whether the decisions of a run of so many columns are kept in the driver's memory."""
        return columns <= self.max_columns_on_driver

    def decide(self, request: ComparisonRequest) -> Decided:
        """Return the decided shifts of a run."""
        store = request.store
        if request.profiles <= self.max_profiles_on_driver or not isinstance(store, FrameStore):
            return InProcess().decide(request)
        if self.keeps_in_memory(request.columns):
            return decide_measured(request, _measured_in_executors(store, request.plan))
        return decide_in_parts(request, store, self.profiles_a_part)


def _measured_in_executors(store: FrameStore, plan: ReferencePlan) -> pa.Table:
    """Measure every column of the run under test; profiles and sketches stay in executors, the driver gets numbers."""
    groups = max(int(store.spark.conf.get("spark.sql.shuffle.partitions") or "4"), 1)
    return (
        grouped(stored_profiles(store, plan), plan, groups)
        .groupBy("group")
        .applyInArrow(_measurer(plan), from_arrow_schema(MEASUREMENTS))
        .toArrow()
        .cast(MEASUREMENTS)
    )


def _measurer(plan: ReferencePlan) -> Callable[[pa.Table], pa.Table]:
    def run(group: pa.Table) -> pa.Table:
        return measure_columns(group, plan)

    return run
