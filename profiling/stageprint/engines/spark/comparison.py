"""Where Spark compares a run: small runs on the driver, larger ones measured or even decided in the executors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from stageprint.engines.spark.compat import apply_to_groups, spark_schema_of, to_arrow
from stageprint.engines.spark.frames import FrameStore, frame_store
from stageprint.engines.spark.grouping import grouped, stored_profiles
from stageprint.engines.spark.parts import decide_in_parts
from stageprint.pipeline.compare.column_measures import measure_columns
from stageprint.pipeline.compare.decided import Decided
from stageprint.pipeline.compare.planning import ReferencePlan
from stageprint.pipeline.compare.strategy import (
    MAX_COLUMNS_IN_PROCESS,
    MAX_PROFILES_IN_PROCESS,
    ComparisonRequest,
    InProcess,
    decide_measured,
)
from stageprint.shifts import MEASUREMENTS


@dataclass(frozen=True)
class SparkComparison:
    """Chooses by the size of a run where its columns are measured and decided.

    Attributes:
        max_profiles_on_driver: Runs with at most this many column profiles, about 16 KiB each, are measured on the
            driver.
        max_columns_on_driver: Larger runs with at most this many columns are measured in executors and decided on the
            driver; still larger ones are decided in parts, which stay in the executors.
        profiles_per_part: Column profiles in a part: about 30 MiB of sketches, 0.5 GiB in a worker while measured.
    """

    max_profiles_on_driver: int = MAX_PROFILES_IN_PROCESS
    max_columns_on_driver: int = MAX_COLUMNS_IN_PROCESS
    profiles_per_part: int = 3_000

    def keeps_in_memory(self, columns: int) -> bool:
        """Tell whether the decided shifts of a run with this many columns are kept in the driver's memory."""
        return columns <= self.max_columns_on_driver

    def decide(self, request: ComparisonRequest) -> Decided:
        """Return the decided shifts of a run."""
        store = frame_store(request.store)
        if request.profiles <= self.max_profiles_on_driver or store is None:
            return InProcess().decide(request)
        if self.keeps_in_memory(request.columns):
            return decide_measured(request, _measured_in_executors(store, request.plan))
        return decide_in_parts(request, store, self.profiles_per_part)


def _measured_in_executors(store: FrameStore, plan: ReferencePlan) -> pa.Table:
    """Measure every column of the run under test in executors; the driver receives the measurements only."""
    groups = max(int(store.spark.conf.get("spark.sql.shuffle.partitions") or "4"), 1)
    profiles = grouped(stored_profiles(store, plan), plan, groups)
    measured = apply_to_groups(profiles, ["group"], _measurer(plan), spark_schema_of(MEASUREMENTS))
    return to_arrow(measured).cast(MEASUREMENTS)


def _measurer(plan: ReferencePlan) -> Callable[[pa.Table], pa.Table]:
    def run(group: pa.Table) -> pa.Table:
        return measure_columns(group, plan)

    return run
