"""The port for measuring and deciding the columns of a run, and its implementation in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import pyarrow as pa

from stageprint.config.decision import DecisionSettings
from stageprint.decision import Calibration, decide_and_score, newest_of, previous_of
from stageprint.model import SchemaField, TableKey
from stageprint.model.where import EVERY_ROW
from stageprint.pipeline.compare.column_measures import measure_columns, read_profiles
from stageprint.pipeline.compare.decided import Decided, DecidedTable, PastShifts
from stageprint.pipeline.compare.planning import ReferencePlan
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import ProfileStore

MAX_PROFILES_IN_PROCESS: Final = 20_000
"""Column profiles measured in one process, about 16 KiB each."""

MAX_COLUMNS_IN_PROCESS: Final = 5_000
"""Columns of a run decided in one process."""

MAX_PINNED_RUNS: Final = 2
"""Runs read beside those of the longest window: the one under test, and one that is pinned or seasonal."""


@dataclass(frozen=True)
class ComparisonRequest:
    """A run whose columns are to be measured and decided.

    Attributes:
        store: The store with the profiles.
        plan: What each column is compared with.
        tables: Measurements of the tables themselves, of schema `stageprint.shifts.MEASUREMENTS`.
        history: Decided shifts of the latest earlier runs, oldest first.
        schemas: Table or slice → its top-level fields in the run.
        previous_schemas: The same for the latest run of `history`.
        settings: Settings of the decision rule.
        calibration: Scores of earlier runs.
        level: p value of a comparison up to which it is an alert; None: the settings and the number of comparisons say.
    """

    store: ProfileStore
    plan: ReferencePlan
    tables: pa.Table
    history: Sequence[PastShifts]
    schemas: Mapping[TableKey, Sequence[SchemaField]]
    previous_schemas: Mapping[TableKey, Sequence[SchemaField]]
    settings: DecisionSettings
    calibration: Calibration
    level: float | None = None

    @property
    def columns(self) -> int:
        """Number of top-level columns in the run, slices included."""
        return sum(len(schema) for schema in self.schemas.values())

    @property
    def profiles(self) -> int:
        """Approximate number of column profiles to read."""
        return self.columns * len(self.plan.needed_runs)


def fits_in_process(store: ProfileStore, settings: DecisionSettings) -> bool:
    """Tell whether any run of a store can be compared in the memory of one process; at worst it is told no too early.

    Args:
        store: The store with the profiles.
        settings: How many earlier runs each is compared with.
    """
    runs = store.read(column_profiles(), EVERY_ROW, ("run_id",))["run_id"]
    sizes = sorted(runs.value_counts().field("counts").to_pylist(), reverse=True)
    compared = sizes[: settings.long_window + MAX_PINNED_RUNS]
    return not sizes or (sizes[0] <= MAX_COLUMNS_IN_PROCESS and sum(compared) <= MAX_PROFILES_IN_PROCESS)


class ComparisonStrategy(Protocol):
    """Measures and decides the columns of a run; each engine may have its own."""

    def keeps_in_memory(self, columns: int) -> bool:
        """Tell whether the decided shifts of a run with this many columns are kept in this process's memory."""
        ...

    def decide(self, request: ComparisonRequest) -> Decided:
        """Return the decided shifts of a run.

        Raises:
            StoreError: Profiles cannot be read.
        """
        ...


class InProcess:
    """Measures and decides in this process, all columns of a run at once."""

    def keeps_in_memory(self, columns: int) -> bool:
        """Return True."""
        del columns
        return True

    def decide(self, request: ComparisonRequest) -> DecidedTable:
        """Return the decided shifts of a run; see `ComparisonStrategy.decide`."""
        profiles = read_profiles(request.store, request.plan, EVERY_ROW)
        return decide_measured(request, measure_columns(profiles, request.plan))


def decide_measured(request: ComparisonRequest, columns: pa.Table) -> DecidedTable:
    """Return the decided shifts of a run whose columns were measured.

    Args:
        request: The run.
        columns: Their measurements, of schema `stageprint.shifts.MEASUREMENTS`.
    """
    measurements = pa.concat_tables([request.tables, columns])
    past = [shifts.table() for shifts in request.history]
    previous = previous_decisions(past) if past else None
    return DecidedTable(*decide_and_score(measurements, previous, request.settings, request.calibration, request.level))


def previous_decisions(shifts: Sequence[pa.Table]) -> pa.Table:
    """Return the earlier decisions that the decision rule needs: each column's rows from the latest run that has it.

    Args:
        shifts: Decided shifts of earlier runs, oldest first.
    """
    age = np.repeat(np.arange(len(shifts)), [table.num_rows for table in shifts])
    return previous_of(newest_of(pa.concat_tables(shifts), age))
