"""The functions that keep a store small, for scheduled jobs and notebooks: each opens a store and runs one use case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.given import require_pyspark
from stageprint.model.upkeep import DeleteOutcome, MaintainOutcome, PurgeOutcome
from stageprint.pipeline.delete import delete_runs as delete
from stageprint.pipeline.maintain import MaintainOptions, maintain
from stageprint.pipeline.purge import purge
from stageprint.ports import ProfileStore, Progress, StoreUpkeep
from stageprint.redact import redacted
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.delta.upkeep import DeltaUpkeep
from stageprint.stores.opening import open_store, why_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def maintain_store(
    config: PipelineConfig,
    *,
    dry_run: bool = False,
    include_marked: bool = False,
    now: bool = False,
    session: SparkSession | None = None,
    progress: Progress | None = None,
) -> MaintainOutcome:
    """Remove what is beyond the limits of ``retention``, and compact and vacuum the result tables.

    Args:
        config: The pipeline.
        dry_run: Change nothing; only return what would be removed.
        include_marked: Also remove runs that are kept otherwise: bad ones, those of accepted shifts, pinned baselines.
        now: Keep no old version of the tables; only while nothing else uses the store.
        session: Spark session; None takes the running one or builds a local one.
        progress: Follows each step.

    Returns:
        What was removed, what was kept and why, and files before and after.

    Raises:
        UsageError: `now` is set while a command writes to the store.
        StoreError: The store cannot be read or written.
    """
    store, upkeep = _open_upkeep(config, session)
    options = MaintainOptions(dry_run=dry_run, include_marked=include_marked, now=now)
    return maintain(config, store=store, upkeep=upkeep, options=options, progress=progress)


def delete_runs(
    config: PipelineConfig, runs: Sequence[str], *, dry_run: bool = False, session: SparkSession | None = None
) -> DeleteOutcome:
    """Remove runs from all result tables.

    Args:
        config: The pipeline.
        runs: The runs.
        dry_run: Only count the rows.
        session: Spark session; None takes the running one or builds a local one.

    Returns:
        The rows that were removed, and what later comparisons lose.

    Raises:
        UsageError: The store holds nothing of a run, or a command is writing it.
        StoreError: The store cannot be read or written.
    """
    store, _ = _open_upkeep(config, session)
    return delete(store, runs, dry_run=dry_run)


def purge_column(
    config: PipelineConfig,
    column: str,
    *,
    now: bool = False,
    dry_run: bool = False,
    session: SparkSession | None = None,
    progress: Progress | None = None,
) -> PurgeOutcome:
    """Remove what the store holds of a column, in all result tables and all runs.

    Args:
        config: The pipeline.
        column: The column as ``stage.table.column``; columns nested in it go with it.
        now: Also delete the files and log entries of old versions; only while nothing else uses the store.
        dry_run: Only count.
        session: Spark session; None takes the running one or builds a local one.
        progress: Follows each step.

    Returns:
        The rows that were removed and changed, and which bytes of the column are left until when.

    Raises:
        UsageError: The store has never held the column; `now` is set while a command writes to the store.
        StoreError: The store cannot be read or written.
    """
    store, upkeep = _open_upkeep(config, session)
    return purge(config, column, store=store, upkeep=upkeep, now=now, dry_run=dry_run, progress=progress)


def _open_upkeep(config: PipelineConfig, session: SparkSession | None) -> tuple[ProfileStore, StoreUpkeep]:
    if session is None and why_spark(config) is None and _is_a_folder(config.store):
        store = DeltaStore(config.store, config.pipeline)
        return store, DeltaUpkeep(store)
    require_pyspark(f"the upkeep of the store {redacted(config.store)}")
    from stageprint.stores.spark.store import SparkStore  # noqa: PLC0415 -- starts Spark
    from stageprint.stores.spark.store import open_store as open_with_spark  # noqa: PLC0415 -- see above
    from stageprint.stores.spark.upkeep import SparkUpkeep  # noqa: PLC0415 -- see above

    opened = open_store(config, session)
    if isinstance(opened, DeltaStore) and _is_a_folder(config.store):
        return opened, DeltaUpkeep(opened)
    by_spark = opened if isinstance(opened, SparkStore) else open_with_spark(config, session)
    return by_spark, SparkUpkeep(by_spark)


def _is_a_folder(location: str) -> bool:
    """Tell whether a store is a folder of this machine. What is elsewhere is reached as those that wrote it do."""
    managed = ("/dbfs/", "/Volumes/", "/Workspace/")
    return urlparse(location).scheme in {"", "file"} and not location.startswith(managed)
