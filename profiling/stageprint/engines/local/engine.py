"""The local engine: implements the `Engine` port with pyarrow, in this process and its workers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import ReadPath, Source
from stageprint.config.tables import TableConfig
from stageprint.engines.local.profiling import Declined, profile_tables
from stageprint.engines.local.sources import check_run_exists, list_runs, list_tables
from stageprint.errors import UsageError
from stageprint.model import TableKey
from stageprint.ports import EngineVersions, ProfiledTable, ProfileStore, TableTask
from stageprint.skew.records import TableSkew


@dataclass(frozen=True)
class LocalEngine:
    """Reads the rows of sources without Spark.

    Attributes:
        processes: Worker processes; None: one for each core where there is enough to read; 1: none.
    """

    processes: int | None = None

    def versions(self) -> EngineVersions:
        """Return the versions and settings to store with a run; there is no Spark."""
        return EngineVersions(None, None, "UTC")

    def list_runs(self, config: PipelineConfig) -> list[str]:
        """Return every run that some source holds; see `stageprint.ports.Engine.list_runs`."""
        return list_runs(config)

    def check_run_exists(self, config: PipelineConfig, tables: Sequence[TableConfig], run_id: str) -> None:
        """Check that some table has a source for the run; see `stageprint.ports.Engine.check_run_exists`."""
        check_run_exists(config, tables, run_id)

    def list_tables(self, source: Source, run_id: str) -> list[str]:
        """Return what a pattern's ``*`` stands for; see `stageprint.ports.Engine.list_tables`."""
        return list_tables(source, run_id)

    def profile(
        self, config: PipelineConfig, tasks: Sequence[TableTask], store: ProfileStore, path: ReadPath
    ) -> Iterable[ProfiledTable]:
        """Yield the profile of each table; see `stageprint.ports.Engine.profile`."""
        del store, path
        return profile_tables(config, tasks, self.processes)

    def profile_or_decline(
        self, config: PipelineConfig, tasks: Sequence[TableTask], declined: list[Declined]
    ) -> Iterable[ProfiledTable]:
        """Yield the profile of each table but those that only Spark reads, which `declined` gets."""
        return profile_tables(config, tasks, self.processes, declined=declined)

    def compare_rows(self, config: PipelineConfig, run_id: str, left: TableKey, right: TableKey) -> TableSkew:
        """Raise: rows are joined by Spark.

        Raises:
            UsageError: Always.
        """
        del config, run_id
        message = f"{left} and {right} are joined by Spark; the local engine compares no rows"
        raise UsageError(message)
