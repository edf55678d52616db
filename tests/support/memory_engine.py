"""An engine for tests: Arrow tables in this process, profiled by the states and rows that every engine makes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from stageprint.batch.arrow_types import kind_of, spark_type_name
from stageprint.batch.nested import arrow_children
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_order import in_order
from stageprint.config.sources import ReadPath, Source
from stageprint.config.tables import SliceConfig, TableConfig
from stageprint.errors import SourceError, StageprintError, UsageError
from stageprint.fingerprint import SlicedFingerprint, SlicePlan, TablePlan
from stageprint.model import SchemaField, TableKey
from stageprint.pipeline.merged_table import merged_table
from stageprint.pipeline.profile import profile
from stageprint.pipeline.profile_codec import KEY_JOIN
from stageprint.pipeline.profile_rows import TableScan
from stageprint.pipeline.profiled_tables import failed_table, profiled_rows
from stageprint.pipeline.scan_plan import TableColumns, TypeSystem, plan_table
from stageprint.ports import EngineVersions, ProfiledTable, ProfileStore, TableTask
from stageprint.skew.records import TableSkew
from stageprint.stores.memory import MemoryStore

Rows = Mapping[str, Mapping[str, pa.Table]]
"""Run → ``stage.table`` → its rows."""

_TYPES = TypeSystem(arrow_children, kind_of, spark_type_name)


@dataclass
class MemoryEngine:
    """Reads the rows of Arrow tables; sources say nothing to it.

    Attributes:
        rows: The tables. One that a run lacks cannot be read.
        batch_rows: Rows that make a partial state of their own, as those of a task do.
        tasks: Every table it was asked to profile, in order.
    """

    rows: Rows
    batch_rows: int = 1_000
    tasks: list[TableTask] = field(default_factory=list)

    def versions(self) -> EngineVersions:
        """Return the versions of no engine."""
        return EngineVersions(None, None, "UTC")

    def list_runs(self, config: PipelineConfig) -> list[str]:
        """Return the runs."""
        return in_order(self.rows, config.run_order)

    def check_run_exists(self, config: PipelineConfig, tables: Sequence[TableConfig], run_id: str) -> None:
        """Check that there are tables of the run."""
        del config, tables
        if run_id not in self.rows:
            message = f"no source holds a run {run_id!r}"
            raise UsageError(message)

    def list_tables(self, source: Source, run_id: str) -> list[str]:
        """Return the names of a run's tables, of any stage, that begin and end as the pattern does."""
        names = [name.partition(".")[2] for name in self.rows.get(run_id, {})]
        before, _, after = source.text.rpartition("/")[2].partition("*")
        fit = [one for one in names if one.startswith(before) and one.endswith(after)]
        return [one[len(before) : len(one) - len(after)] for one in fit]

    def profile(
        self, config: PipelineConfig, tasks: Sequence[TableTask], store: ProfileStore, path: ReadPath
    ) -> Iterator[ProfiledTable]:
        """Yield the profile of each table, in the order of the tasks."""
        del store, path
        for task in tasks:
            self.tasks.append(task)
            started = time.monotonic()
            facts = {"source_format": "memory", "source_location": str(task.key), "engine_path": "memory"}
            try:
                yield self._profile(config, task, facts, started)
            except StageprintError as error:
                yield failed_table(config.pipeline, task, facts, started, error)

    def _profile(
        self, config: PipelineConfig, task: TableTask, facts: Mapping[str, str], started: float
    ) -> ProfiledTable:
        rows = self.rows[task.run_id].get(str(task.key))
        if rows is None:
            message = f"{task.key} does not exist in run {task.run_id}"
            raise SourceError(message)
        plan = _plan(config, task, rows)
        merged = _scan(plan, rows, self.batch_rows)
        repeated = _repeated_keys(plan.table, rows) if task.table.exact_keys else None
        return profiled_rows(config.pipeline, task.run_id, task.key, plan, merged, started, facts, repeated=repeated)

    def compare_rows(self, config: PipelineConfig, run_id: str, left: TableKey, right: TableKey) -> TableSkew:
        """Raise: rows are not compared here."""
        raise NotImplementedError


def profiled_store(config: PipelineConfig, rows: Rows) -> MemoryStore:
    """Return a store in memory with the profiles of every run.

    Raises:
        AssertionError: A table failed.
    """
    store = MemoryStore(config.pipeline)
    outcome = profile(config, sorted(rows), engine=MemoryEngine(rows), store=store)
    assert not outcome.failed, outcome.failed
    return store


def _plan(config: PipelineConfig, task: TableTask, rows: pa.Table) -> TableScan:
    table = task.table
    columns = TableColumns([(one.name, one.type) for one in rows.schema], _TYPES, table)
    referenced = config.referenced_columns(task.stage, table.name)
    planned = plan_table(columns, _TYPES, table, config.sketches, task.run_id, referenced, config.sensitive)
    return TableScan(
        planned.table,
        tuple(SchemaField(one.name, spark_type_name(one.type), one.nullable) for one in rows.schema),
        planned.event_time,
        tuple(_slice(one, rows, table.min_slice_rows(one.by, config.sensitive.min_group_size)) for one in table.slices),
        table,
    )


def _slice(one: SliceConfig, rows: pa.Table, min_rows: int) -> SlicePlan:
    if one.values is not None:
        return SlicePlan(one.by, one.values, min_rows)
    counts = Counter(value for value in rows[one.by].cast(pa.string()).to_pylist() if value is not None)
    enough = [pair for pair in counts.items() if pair[1] >= min_rows]
    ranked = sorted(enough, key=lambda item: (-item[1], item[0]))
    return SlicePlan(one.by, tuple(value for value, _ in ranked[: one.limit]), min_rows)


def _scan(plan: TableScan, rows: pa.Table, batch_rows: int) -> pa.Table:
    """Return the merged states of a table and its slices, as rows of `merged_schema`."""
    labels = [rows[one.key].cast(pa.string()) for one in plan.slices]
    sent = pa.table([*rows.columns, *labels], names=[str(place) for place in range(rows.num_columns + len(labels))])
    partials: dict[tuple[int, int], list[bytes]] = {}
    for batch in sent.combine_chunks().to_batches(max_chunksize=batch_rows):
        fingerprint = SlicedFingerprint(plan.table, plan.slices)
        fingerprint.update(batch)
        for member, index, blob in fingerprint.partials():
            partials.setdefault((member, index), []).append(blob)
    return merged_table(plan, partials)


def _repeated_keys(plan: TablePlan, rows: pa.Table) -> dict[str, int]:
    found = {}
    for key in plan.keys:
        known = rows.select(list(key)).drop_null()
        found[KEY_JOIN.join(key)] = known.num_rows - known.group_by(list(key)).aggregate([]).num_rows
    return found
