"""Compacts and vacuums the result tables, trims their logs, and counts their files, through Spark and Delta."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from pyspark.errors import PySparkException

from stageprint.config.retention import SAFE_HOURS
from stageprint.engines.spark import files
from stageprint.engines.spark.jvm import java_class, java_session, jvm_of
from stageprint.errors import StoreError, one_line
from stageprint.model.result_tables import ResultTable
from stageprint.model.upkeep import StoredFiles
from stageprint.stores.locks import commit_lock
from stageprint.stores.spark.console import printing_to_stderr
from stageprint.stores.spark.store import SparkStore

_RETENTION_CHECK: Final = "spark.databricks.delta.retentionDurationCheck.enabled"
_LISTING_TASKS: Final = "spark.sql.sources.parallelPartitionDiscovery.parallelism"
_LISTING_TASKS_OF_A_TABLE: Final = "8"
"""Tasks in which a table's files are listed. With Spark's 10,000 a table of three files takes 40 seconds."""
_LOG_RETENTION: Final = "delta.logRetentionDuration"
_LOG_ENTRY: Final = re.compile(r"^\.?(\d{20})\.")
"""Names of a log's entries, checkpoints and checksums begin with their version."""


@dataclass(frozen=True)
class SparkUpkeep:
    """The files of a store that Spark reads and writes.

    Attributes:
        store: The store.
    """

    store: SparkStore

    def files(self, table: ResultTable) -> StoredFiles:
        """Return what a table occupies; see `stageprint.ports.StoreUpkeep.files`."""
        if not self.store.exists(table):
            return StoredFiles(0, 0, 0, 0)
        detail = self._detail(table)
        lengths = [length for _, length in self._listed(detail["location"])]
        known = bool(lengths)
        return StoredFiles(
            detail["numFiles"],
            detail["sizeInBytes"],
            len(lengths) if known else None,
            sum(lengths) if known else None,
        )

    def compact(self, table: ResultTable) -> None:
        """Rewrite small files as large ones; see `stageprint.ports.StoreUpkeep.compact`."""
        if self.store.exists(table):
            self.store.commit(table, lambda: self._run(f"OPTIMIZE {self.store.identifier(table)}"))

    def vacuum(self, table: ResultTable, hours: int) -> None:
        """Delete files that are not needed; see `stageprint.ports.StoreUpkeep.vacuum`."""
        if not self.store.exists(table):
            return
        with self._vacuuming(hours), printing_to_stderr(self.store.spark):
            self._try(table, f"VACUUM {self.store.identifier(table)} RETAIN {hours} HOURS")

    def trim_log(self, table: ResultTable, hours: int) -> str | None:
        """Write a checkpoint and delete older entries of the log; see `stageprint.ports.StoreUpkeep.trim_log`.

        Delta deletes whole days of entries when it writes a checkpoint. Only to delete all of them this goes further.
        """
        if not self.store.exists(table):
            return None
        name = self.store.identifier(table)
        kept = f"interval {max(hours, SAFE_HOURS)} hours"
        if self._detail(table)["properties"].get(_LOG_RETENTION) != kept:
            self._try(table, f"ALTER TABLE {name} SET TBLPROPERTIES ('{_LOG_RETENTION}' = '{kept}')")
        location = self._detail(table)["location"]
        version = self._checkpoint(location)
        if version is None:
            return f"{name}: Spark Connect writes no checkpoints: Delta writes one every ten commits by itself"
        if hours == 0:
            self._delete_entries_before(location, version)
        return None

    def _detail(self, table: ResultTable) -> dict[str, Any]:
        row = self._try(table, f"DESCRIBE DETAIL {self.store.identifier(table)}").first()
        return row.asDict()  # type: ignore[no-any-return]

    def _try(self, table: ResultTable, statement: str) -> Any:
        try:
            return self._run(statement)
        except PySparkException as error:
            message = f"{self.store.identifier(table)}: {statement.split(' ', 1)[0]} failed: {one_line(error)}"
            raise StoreError(message) from error

    def _run(self, statement: str) -> Any:
        return self.store.spark.sql(statement)

    @contextmanager
    def _vacuuming(self, hours: int) -> Iterator[None]:
        """Let Delta vacuum sooner than its safe default, and list few files in few tasks, while the block runs."""
        wanted = {_LISTING_TASKS: _LISTING_TASKS_OF_A_TABLE}
        if hours < SAFE_HOURS:
            wanted[_RETENTION_CHECK] = "false"
        conf = self.store.spark.conf
        before = {name: conf.get(name, None) for name in wanted}
        try:
            for name, value in wanted.items():
                conf.set(name, value)
            yield
        finally:
            for name, old in before.items():
                if old is None:
                    conf.unset(name)
                else:
                    conf.set(name, old)

    def _listed(self, location: str) -> list[tuple[Any, int]]:
        """Return every file below a folder, hidden ones too, with its size; empty on Spark Connect."""
        access = files.file_system(self.store.spark, location)
        if access is None:
            return []
        fs, folder = access
        found, pending = [], [folder]
        while pending:
            for status in fs.listStatus(pending.pop()):
                if status.isDirectory():
                    pending.append(status.getPath())
                else:
                    found.append((status.getPath(), int(status.getLen())))
        return found

    def _checkpoint(self, location: str) -> int | None:
        """Write a checkpoint and return its version; None: Spark Connect gives no access to Delta's log."""
        jvm = jvm_of(self.store.spark)
        if jvm is None:
            return None
        session = java_session(self.store.spark)
        log = java_class(jvm, "org.apache.spark.sql.delta.DeltaLog").forTable(session, location)
        with commit_lock(self.store.path):
            log.checkpoint()
        return int(log.update(False, jvm.scala.Option.empty(), jvm.scala.Option.empty()).version())

    def _delete_entries_before(self, location: str, version: int) -> None:
        access = files.file_system(self.store.spark, f"{location.rstrip('/')}/_delta_log")
        if access is None:
            return
        fs, folder = access
        for status in fs.listStatus(folder):
            entry = _LOG_ENTRY.match(str(status.getPath().getName()))
            if entry is not None and int(entry[1]) < version:
                fs.delete(status.getPath(), False)
