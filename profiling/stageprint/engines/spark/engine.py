"""The Spark engine: implements the `Engine` port with the running session, or with a local one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pyspark.sql import SparkSession

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import ReadPath, Source
from stageprint.config.tables import TableConfig
from stageprint.engines.spark.comparison import SparkComparison
from stageprint.engines.spark.jars import delta_version
from stageprint.engines.spark.patterns import list_tables
from stageprint.engines.spark.profiling import profile_tables
from stageprint.engines.spark.session import get_session
from stageprint.engines.spark.skew import compare_rows
from stageprint.engines.spark.sources import check_run_exists, list_runs
from stageprint.model import TableKey
from stageprint.ports import EngineVersions, ProfiledTable, ProfileStore, TableTask
from stageprint.skew.records import TableSkew


@dataclass(frozen=True)
class SparkEngine:
    """Reads the rows of sources with Spark.

    Attributes:
        spark: The session.
        comparison: Where columns are measured and decided in a comparison.
    """

    spark: SparkSession
    comparison: SparkComparison = field(default_factory=SparkComparison)

    def versions(self) -> EngineVersions:
        """Return the versions and settings to store with a run."""
        timezone = str(self.spark.conf.get("spark.sql.session.timeZone"))
        return EngineVersions(self.spark.version, delta_version(), timezone)

    def list_runs(self, config: PipelineConfig) -> list[str]:
        """Return every run that some source holds; see `stageprint.ports.Engine.list_runs`."""
        return list_runs(self.spark, config)

    def check_run_exists(self, config: PipelineConfig, tables: Sequence[TableConfig], run_id: str) -> None:
        """Check that some table has a source for the run; see `stageprint.ports.Engine.check_run_exists`."""
        check_run_exists(self.spark, tables, config, run_id)

    def list_tables(self, source: Source, run_id: str) -> list[str]:
        """Return what a pattern's ``*`` stands for; see `stageprint.ports.Engine.list_tables`."""
        return list_tables(self.spark, source, run_id)

    def profile(
        self, config: PipelineConfig, tasks: Sequence[TableTask], store: ProfileStore, path: ReadPath
    ) -> Iterable[ProfiledTable]:
        """Yield the profile of each table; see `stageprint.ports.Engine.profile`."""
        return profile_tables(self.spark, config, store, tasks, path)

    def compare_rows(self, config: PipelineConfig, run_id: str, left: TableKey, right: TableKey) -> TableSkew:
        """Compare two tables of a run, row by row; see `stageprint.ports.Engine.compare_rows`."""
        return compare_rows(self.spark, config, run_id, left, right)


def open_engine(config: PipelineConfig, session: SparkSession | None = None) -> SparkEngine:
    """Return the engine of a pipeline.

    Args:
        config: The pipeline.
        session: Session to use; None takes the running one or builds a local one.
    """
    return SparkEngine(session or get_session(conf=config.spark))
