"""Compacts and vacuums the result tables, trims their logs, and counts their files, by delta-rs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties

from stageprint.config.retention import SAFE_HOURS
from stageprint.model.result_tables import ResultTable
from stageprint.model.upkeep import StoredFiles
from stageprint.model.where import EVERY_ROW
from stageprint.stores.delta.names import irreplaceable
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.delta.tables import local_folder

_LOG_RETENTION: Final = "delta.logRetentionDuration"
_LOG_ENTRY: Final = re.compile(r"^\.?(\d{20})\.")
"""Names of a log's entries, checkpoints and checksums begin with their version."""

_MAX_ROWS_PER_ROW_GROUP: Final = 10_000
"""Rows that a reader has to read to have one: a run's rows are a part of a compacted file."""


@dataclass(frozen=True)
class DeltaUpkeep:
    """The files of a store that delta-rs reads and writes.

    Attributes:
        store: The store.
    """

    store: DeltaStore

    def files(self, table: ResultTable) -> StoredFiles:
        """Return what a table occupies; see `stageprint.ports.StoreUpkeep.files`."""
        stored = self.store.delta_table(table)
        if stored is None:
            return StoredFiles(0, 0, 0, 0)
        sizes = pa.table(stored.get_add_actions())["size_bytes"].to_pylist()
        everything = _sizes_below(local_folder(stored.table_uri))
        return StoredFiles(
            len(sizes),
            sum(sizes),
            None if everything is None else len(everything),
            None if everything is None else sum(everything),
        )

    def compact(self, table: ResultTable) -> None:
        """Rewrite small files as large ones; see `stageprint.ports.StoreUpkeep.compact`.

        A table with files that delta-rs cannot replace is left to Spark.
        """

        def write(stored: DeltaTable) -> None:
            if irreplaceable(stored, EVERY_ROW):
                return
            properties = WriterProperties(compression="ZSTD", max_row_group_size=_MAX_ROWS_PER_ROW_GROUP)
            stored.optimize.compact(writer_properties=properties)

        self._do(table, write)

    def vacuum(self, table: ResultTable, hours: int) -> None:
        """Delete files that are not needed; see `stageprint.ports.StoreUpkeep.vacuum`."""

        def delete(stored: DeltaTable) -> None:
            stored.vacuum(hours, dry_run=False, enforce_retention_duration=False, full=True)
            _remove_empty_folders(local_folder(stored.table_uri))

        self._do(table, delete)

    def trim_log(self, table: ResultTable, hours: int) -> str | None:
        """Write a checkpoint and delete older entries; see `stageprint.ports.StoreUpkeep.trim_log`."""
        left: list[str] = []

        def trim(stored: DeltaTable) -> None:
            _keep_log(stored, hours)
            stored.create_checkpoint()
            stored.cleanup_metadata()
            # Writers delete entries by this setting too, and may meet others.
            _keep_log(stored, max(hours, SAFE_HOURS))
            folder = local_folder(stored.table_uri)
            if folder is not None:
                _remove_checksums(folder / "_delta_log")
            elif hours == 0:
                left.append(f"{stored.table_uri}: checksum files of the log, if Spark wrote to the store, are left")

        self._do(table, trim)
        return left[-1] if left else None

    def _do(self, table: ResultTable, act: Callable[[DeltaTable], None]) -> None:
        if not self.store.exists(table):
            return

        def on_latest_version() -> None:
            stored = self.store.delta_table(table)
            if stored is not None:
                act(stored)

        self.store.commit(table, on_latest_version)


def _keep_log(stored: DeltaTable, hours: int) -> None:
    kept = f"interval {hours} hours"
    if stored.metadata().configuration.get(_LOG_RETENTION) != kept:
        stored.alter.set_table_properties({_LOG_RETENTION: kept})


def _sizes_below(folder: Path | None) -> list[int] | None:
    """Return the sizes of all files of a table; None: they cannot be listed."""
    if folder is None:
        return None
    files = (Path(parent, name) for parent, _, names in os.walk(folder) for name in names)
    return [file.stat().st_size for file in files if file.exists()]


def _remove_empty_folders(folder: Path | None) -> None:
    """Remove folders of partitions that hold no file any more; a folder's name is a value."""
    if folder is None:
        return
    for parent, _, _ in os.walk(folder, topdown=False):
        if Path(parent) != folder and Path(parent).name != "_delta_log" and not any(Path(parent).iterdir()):
            with suppress(OSError):  # a writer has just put a file into it
                Path(parent).rmdir()


def _remove_checksums(log: Path) -> None:
    """Remove checksums that Spark wrote of versions whose entry is gone; they list files with their statistics."""
    versions = [int(file.stem) for file in log.glob("*.json") if file.stem.isdigit()]
    oldest = min(versions, default=0)
    for file in log.iterdir():
        found = _LOG_ENTRY.match(file.name)
        if found is not None and int(found[1]) < oldest:
            file.unlink(missing_ok=True)
