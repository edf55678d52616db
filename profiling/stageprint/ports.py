"""The ports: what the use cases need from outside, as protocols that adapters implement.

An engine reads the rows of sources, a store keeps the result tables, `Progress` follows a command, an alert sink
delivers alerts. `tests/contracts` holds every adapter of a port to the same tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from stageprint.config.notify import NotifyRule
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import ReadPath, Source
from stageprint.config.tables import TableConfig
from stageprint.model import TableKey
from stageprint.model.result_tables import ResultTable
from stageprint.model.where import EVERY_ROW, Where

if TYPE_CHECKING:  # what commands that read results never make
    from stageprint.model.alert import Alert
    from stageprint.model.outcomes import TableOutcome
    from stageprint.model.upkeep import StoredFiles
    from stageprint.skew.records import TableSkew


class Progress(Protocol):
    """Is told how far a command has come; calls may come from several threads."""

    def start(self, total: int, what: str) -> None:
        """Begin a phase, and end the one before it.

        Args:
            total: Number of steps.
            what: What the steps are, in the plural, such as ``tables``.
        """
        ...

    def advance(self, step: TableOutcome | str) -> None:
        """Report that one step is done.

        Args:
            step: The table's outcome, or a few words about the step.
        """
        ...

    def close(self) -> None:
        """End the last phase; called once, also after an error."""
        ...


class Silent:
    """A `Progress` that shows nothing, for callers such as notebooks and tests."""

    def start(self, total: int, what: str) -> None:
        """Do nothing."""

    def advance(self, step: TableOutcome | str) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class RowSource(Protocol):
    """Rows of a result table that need not be in this process, such as rows that executors hold."""

    def to_arrow(self) -> Iterator[pa.Table]:
        """Yield the rows in tables that fit in memory."""
        ...


@dataclass(frozen=True, slots=True)
class RowParts:
    """Rows of a result table in several parts, each in this process or elsewhere.

    Attributes:
        parts: The parts.
    """

    parts: Sequence[pa.Table | RowSource]

    def to_arrow(self) -> Iterator[pa.Table]:
        """Yield the rows, part by part."""
        for part in self.parts:
            if isinstance(part, pa.Table):
                yield part
            else:
                yield from part.to_arrow()


class ProfileStore(Protocol):
    """The result tables of one pipeline."""

    @property
    def location(self) -> str:
        """Where the tables are, as shown to people: a path, a ``catalog.schema``, or the like."""
        ...

    @property
    def pipeline(self) -> str:
        """The pipeline whose rows are read and replaced; rows of other pipelines are never touched."""
        ...

    def exists(self, table: ResultTable) -> bool:
        """Tell whether the table was ever written."""
        ...

    def read(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> pa.Table:
        """Return rows of a table, in no particular order.

        A table that was never written has no rows. A column that an earlier release did not write yet is null.

        Args:
            table: The table.
            rows: Which rows.
            columns: Names of the columns; None: all. ``states.kll`` names a field of a struct and is called
                ``states_kll`` in the result.

        Raises:
            StoreError: The table cannot be read.
        """
        ...

    def replace(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table], which: Where) -> None:
        """Replace the rows selected by `which` with `rows`, in one atomic commit; all other rows stay as they are.

        A commit that conflicts with another writer's is retried.

        Args:
            table: The table; it is created if it was never written.
            rows: The new rows, all of the store's pipeline and all selected by `which`. A function is called anew for
                every attempt, for rows that depend on what the store holds.
            which: The rows to replace.

        Raises:
            StoreError: The write failed, or conflicted with other writers too often.
        """
        ...

    def append(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        """Add rows that the table does not hold yet, in one atomic commit, with which those of others hardly conflict.

        Args:
            table: The table; it is created if it was never written, also by no rows.
            rows: The new rows, all of the store's pipeline and all selected by `which`.
            which: Selects nothing but these rows, for example by an identifier of their own. Should an attempt conflict
                all the same, the next one replaces what it selects, so that no row is there twice.

        Raises:
            StoreError: The write failed, or conflicted with other writers too often.
        """
        ...


class StoreUpkeep(Protocol):
    """Keeps the files of a store few; changes no row. A store's pipelines share its tables, so it acts on all of them.

    A table that was never written has no files, and nothing is done to it.
    """

    def files(self, table: ResultTable) -> StoredFiles:
        """Return what a table occupies.

        Raises:
            StoreError: The table cannot be read.
        """
        ...

    def compact(self, table: ResultTable) -> None:
        """Rewrite many small files of a table as few large ones; does nothing where there is nothing to gain.

        Raises:
            StoreError: The write failed, or conflicted with other writers too often.
        """
        ...

    def vacuum(self, table: ResultTable, hours: int) -> None:
        """Delete the files that the current version does not need: of old versions, and of writes that never ended.

        Args:
            table: The table.
            hours: Only files that have not been needed for so many hours. Fewer than
                `stageprint.config.retention.SAFE_HOURS` are safe only while nothing else uses the store.

        Raises:
            StoreError: Files cannot be deleted.
        """
        ...

    def trim_log(self, table: ResultTable, hours: int) -> str | None:
        """Write a checkpoint of a table's log, and delete older entries of the log, which the checkpoint replaces.

        Args:
            table: The table.
            hours: Only entries older than so many hours; see `vacuum`.

        Returns:
            Why some of these entries are still there; None: none of them is.

        Raises:
            StoreError: The log cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True)
class TableTask:
    """A table to profile in one run.

    Attributes:
        run_id: The run.
        stage: Name of the table's stage.
        table: The table's configuration.
    """

    run_id: str
    stage: str
    table: TableConfig

    @property
    def key(self) -> TableKey:
        """The key of the whole table."""
        return TableKey(self.stage, self.table.name)


@dataclass(frozen=True, slots=True)
class ProfiledTable:
    """The profile of a table and its slices, as rows of the result tables.

    Attributes:
        outcome: The table's outcome.
        table_rows: Rows of `table_profiles`, that of the whole table first.
        columns: Rows of `column_profiles`; None: the table failed.
    """

    outcome: TableOutcome
    table_rows: Sequence[Mapping[str, Any]]
    columns: pa.Table | None


@dataclass(frozen=True, slots=True)
class EngineVersions:
    """The versions and settings of the engine, as stored in `runs`.

    Attributes:
        spark: Version of Spark; None: another engine.
        delta: Version of Delta; None: not known.
        timezone: Time zone in which timestamps without a time zone are read.
    """

    spark: str | None
    delta: str | None
    timezone: str


SqlRows = Sequence[Mapping[str, Any]]
RunSql = Callable[[str, Mapping[str, str]], SqlRows]
"""A function that runs a SQL query over the result tables and views and returns its rows; its second argument maps
named parameters to values."""


class Engine(Protocol):
    """Reads the rows of sources."""

    def versions(self) -> EngineVersions:
        """Return the versions and settings to store with a run."""
        ...

    def list_runs(self, config: PipelineConfig) -> list[str]:
        """Return the names of all runs that at least one source holds, in the order of `run_order.in_order`.

        Names that do not match ``run_id_pattern`` are left out and logged (`stageprint.config.run_ids.usable_runs`).

        Raises:
            UsageError: No source's path holds ``{run_id}`` or ``{run_date}``.
        """
        ...

    def check_run_exists(self, config: PipelineConfig, tables: Sequence[TableConfig], run_id: str) -> None:
        """Check that at least one table has a source for the run.

        Raises:
            UsageError: No table has one.
        """
        ...

    def list_tables(self, source: Source, run_id: str) -> list[str]:
        """Return what the ``*`` of a pattern stands for in each table that a run has, in the order of these texts.

        Args:
            source: The pattern: a path or a table's name with one ``*``.
            run_id: The run.

        Raises:
            SourceError: They cannot be listed.
            UsageError: The run cannot stand in the pattern.
        """
        ...

    def profile(
        self, config: PipelineConfig, tasks: Sequence[TableTask], store: ProfileStore, path: ReadPath
    ) -> Iterable[ProfiledTable]:
        """Yield the profile of each table as soon as it is finished; a table that cannot be read has a failed outcome.

        Args:
            config: The pipeline.
            tasks: The tables.
            store: The store; profiles of unchanged partitions of incremental tables are taken from it.
            path: How tables are read.
        """
        ...

    def compare_rows(self, config: PipelineConfig, run_id: str, left: TableKey, right: TableKey) -> TableSkew:
        """Compare two tables of a run that have the same keys, row by row.

        Raises:
            SourceError: A table cannot be read, or lacks a key column.
        """
        ...


class AlertSink(Protocol):
    """Delivers alerts to people, such as to a chat channel, or to another program."""

    @property
    def name(self) -> str:
        """The name by which ``notify:`` in the configuration calls it."""
        ...

    @property
    def wants_figures(self) -> bool:
        """Whether alerts are given the figures of their tables."""
        ...

    def send(self, alert: Alert) -> str | None:
        """Deliver one alert; calls come one after the other, perhaps in a thread of their own.

        Returns:
            How the message is found again, for the next one with the same key; None: it need not be found.

        Raises:
            AlertError: It could not be delivered.
        """
        ...


@dataclass(frozen=True, slots=True)
class AlertRoute:
    """A rule of the configuration, and the sink that it sends to.

    Attributes:
        rule: Which incidents are sent.
        sink: Where they are sent.
    """

    rule: NotifyRule
    sink: AlertSink
