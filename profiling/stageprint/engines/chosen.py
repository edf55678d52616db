"""An engine that was chosen, with the reason for the choice; and the local engine with Spark behind it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import ReadPath, Source
from stageprint.config.tables import TableConfig
from stageprint.engines.local.engine import LocalEngine
from stageprint.engines.local.profiling import Declined
from stageprint.errors import SourceError, StageprintError
from stageprint.model import TableKey
from stageprint.pipeline.profiled_tables import failed_table
from stageprint.ports import Engine, EngineVersions, ProfiledTable, ProfileStore, TableTask
from stageprint.skew.records import TableSkew


@dataclass(frozen=True)
class ChosenEngine:
    """An engine; stores with each table why it was chosen.

    Attributes:
        engine: The engine.
        reason: Why it reads the tables.
    """

    engine: Engine
    reason: str

    def versions(self) -> EngineVersions:
        """Return the versions and settings to store with a run."""
        return self.engine.versions()

    def list_runs(self, config: PipelineConfig) -> list[str]:
        """Return every run that some source holds; see `stageprint.ports.Engine.list_runs`."""
        return self.engine.list_runs(config)

    def check_run_exists(self, config: PipelineConfig, tables: Sequence[TableConfig], run_id: str) -> None:
        """Check that some table has a source for the run; see `stageprint.ports.Engine.check_run_exists`."""
        self.engine.check_run_exists(config, tables, run_id)

    def list_tables(self, source: Source, run_id: str) -> list[str]:
        """Return what a pattern's ``*`` stands for; see `stageprint.ports.Engine.list_tables`."""
        return self.engine.list_tables(source, run_id)

    def profile(
        self, config: PipelineConfig, tasks: Sequence[TableTask], store: ProfileStore, path: ReadPath
    ) -> Iterator[ProfiledTable]:
        """Yield the profile of each table; see `stageprint.ports.Engine.profile`."""
        for profiled in self.engine.profile(config, tasks, store, path):
            yield _because(profiled, self.reason)

    def compare_rows(self, config: PipelineConfig, run_id: str, left: TableKey, right: TableKey) -> TableSkew:
        """Compare two tables of a run, row by row; see `stageprint.ports.Engine.compare_rows`."""
        return self.engine.compare_rows(config, run_id, left, right)


@dataclass
class LocalFirst:
    """The local engine; tables of which it turns out when they are opened that only Spark reads them are read by Spark.

    Attributes:
        reason: Why the local engine reads the others.
        open_spark: Starts Spark; called for the first such table.
        local: The local engine.
        spark: Spark, once it was started.
        by_spark: The tables that Spark read.
    """

    reason: str
    open_spark: Callable[[], Engine]
    local: LocalEngine = field(default_factory=LocalEngine)
    spark: Engine | None = None
    by_spark: list[TableKey] = field(default_factory=list)

    @property
    def remark(self) -> str:
        """What Spark read, as a clause; empty: nothing."""
        keys = list(dict.fromkeys(map(str, self.by_spark)))
        return f"; Spark read {', '.join(keys)}, which nothing else can" if keys else ""

    def versions(self) -> EngineVersions:
        """Return the versions and settings to store with a run: Spark's where it was started."""
        return self.local.versions() if self.spark is None else self.spark.versions()

    def list_runs(self, config: PipelineConfig) -> list[str]:
        """Return every run that some source holds; see `stageprint.ports.Engine.list_runs`."""
        return self.local.list_runs(config)

    def check_run_exists(self, config: PipelineConfig, tables: Sequence[TableConfig], run_id: str) -> None:
        """Check that some table has a source for the run; see `stageprint.ports.Engine.check_run_exists`."""
        self.local.check_run_exists(config, tables, run_id)

    def list_tables(self, source: Source, run_id: str) -> list[str]:
        """Return what a pattern's ``*`` stands for, of a catalog as Spark says."""
        if source.table is None:
            return self.local.list_tables(source, run_id)
        self.spark = self.spark or self.open_spark()
        return self.spark.list_tables(source, run_id)

    def profile(
        self, config: PipelineConfig, tasks: Sequence[TableTask], store: ProfileStore, path: ReadPath
    ) -> Iterator[ProfiledTable]:
        """Yield the profile of each table; see `stageprint.ports.Engine.profile`."""
        del path
        declined: list[Declined] = []
        for profiled in self.local.profile_or_decline(config, tasks, declined):
            yield _because(profiled, self.reason)
        if not declined:
            return
        try:
            self.spark = self.open_spark()
        except StageprintError as error:
            yield from (_not_read(config, one, error) for one in declined)
            return
        self.by_spark += [one.task.key for one in declined]
        reasons = {(one.task.run_id, one.task.key): one.reason for one in declined}
        for profiled in self.spark.profile(config, [one.task for one in declined], store, "spark"):
            yield _because(profiled, reasons[profiled.outcome.run_id, profiled.outcome.key])

    def compare_rows(self, config: PipelineConfig, run_id: str, left: TableKey, right: TableKey) -> TableSkew:
        """Raise: rows are joined by Spark; see `LocalEngine.compare_rows`."""
        return self.local.compare_rows(config, run_id, left, right)


def _not_read(config: PipelineConfig, declined: Declined, error: StageprintError) -> ProfiledTable:
    """Return the outcome of a table that needs Spark, where Spark does not start."""
    source = declined.task.table.source
    facts = {"source_format": source.label, "source_location": source.text, "engine_reason": declined.reason}
    failure = SourceError(f"{declined.reason}; {error}")
    return failed_table(config.pipeline, declined.task, facts, time.monotonic(), failure)


def _because(profiled: ProfiledTable, reason: str) -> ProfiledTable:
    """Return a profile whose rows say why they were read by this engine, before what they say already."""
    rows = [{**row, "engine_reason": _joined(reason, row.get("engine_reason"))} for row in profiled.table_rows]
    return replace(profiled, table_rows=rows)


def _joined(*reasons: str | None) -> str:
    return "; ".join(reason for reason in reasons if reason)
