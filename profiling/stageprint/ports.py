"""What the use cases ask of the outside: an engine that reads rows, a store, somebody who follows the progress.

Adapters implement these protocols; `tests/contracts` holds every adapter of a port to the same tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import pyarrow as pa

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.tables import TableConfig
from stageprint.model import Finding, TableKey
from stageprint.model.outcomes import TableOutcome
from stageprint.model.result_tables import ResultTable
from stageprint.model.where import EVERY_ROW, Where
from stageprint.skew.records import TableSkew

ReadPath = Literal["auto", "arrow", "dataframe"]
"""How an engine reads tables: the fast path, the general path, or the first of them that can."""


class Progress(Protocol):
    """Follows a command's progress; calls may come from several threads."""

    def start(self, total: int, what: str) -> None:
        """Begin a phase of `total` steps, such as 132 ``tables``; ends the phase before it."""
        ...

    def advance(self, step: TableOutcome | str) -> None:
        """One step is done: a table's outcome, or a few words about it."""
        ...

    def close(self) -> None:
        """No more steps; called once, also after an error."""
        ...


class Silent:
    """The progress of a caller who wants none, such as a notebook or a test."""

    def start(self, total: int, what: str) -> None:
        """Say nothing."""

    def advance(self, step: TableOutcome | str) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Say nothing."""


class RowSource(Protocol):
    """Rows of a result table that need not be in this process, such as those that executors hold."""

    def to_arrow(self) -> Iterator[pa.Table]:
        """Yield the rows, as many at a time as memory allows."""
        ...


@dataclass(frozen=True, slots=True)
class RowParts:
    """Rows of a result table in several parts, wherever each of them is.

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
        """A path, a ``catalog.schema``, or what else tells a person where the tables are."""
        ...

    @property
    def pipeline(self) -> str:
        """The pipeline whose rows are read and replaced; no row of another is touched."""
        ...

    def exists(self, table: ResultTable) -> bool:
        """Tell whether the table was ever written."""
        ...

    def read(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> pa.Table:
        """Return rows of a table, in no order.

        A table that was never written has no rows. A column that the stored table lacks, since an earlier release wrote
        it, is null.

        Args:
            table: The table.
            rows: Which rows.
            columns: Which columns, ``states.kll`` for a field of a struct, which the result calls
                ``states_kll``; None: all.

        Raises:
            StoreError: The table cannot be read.
        """
        ...

    def replace(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table], which: Where) -> None:
        """Put `rows` in place of the rows `which`, in one atomic commit; other rows are left alone.

        A write that another writer got in between is tried again.

        Args:
            table: The table; created where it was never written.
            rows: The new rows. All must be of the store's pipeline and among `which`. A function is asked again at
                every attempt, for rows that depend on what the store holds.
            which: The rows to replace.

        Raises:
            StoreError: The write failed for another reason than a concurrent writer, or too often.
        """
        ...


@dataclass(frozen=True, slots=True)
class TableTask:
    """A table of a run that is to be profiled.

    Attributes:
        run_id: The run.
        stage: The table's stage.
        table: Its configuration.
    """

    run_id: str
    stage: str
    table: TableConfig

    @property
    def key(self) -> TableKey:
        """Stage and table."""
        return TableKey(self.stage, self.table.name)


@dataclass(frozen=True, slots=True)
class ProfiledTable:
    """One table's profile as rows of the result tables, its slices' among them.

    Attributes:
        outcome: How the table fared.
        table_rows: Rows of `table_profiles`, the whole table's first.
        columns: Rows of `column_profiles`; None where the table failed.
    """

    outcome: TableOutcome
    table_rows: Sequence[Mapping[str, Any]]
    columns: pa.Table | None


@dataclass(frozen=True, slots=True)
class EngineVersions:
    """What a run records of the engine that profiled it.

    Attributes:
        spark: Spark's version; None: another engine.
        delta: Delta's version; None where it is not known.
        timezone: Time zone in which timestamps without one are understood.
    """

    spark: str | None
    delta: str | None
    timezone: str


SqlRows = Sequence[Mapping[str, Any]]
RunSql = Callable[[str, Mapping[str, str]], SqlRows]
"""Runs a query with named parameters over the result tables and the views over them."""


class Engine(Protocol):
    """Reads the rows of sources."""

    def versions(self) -> EngineVersions:
        """Return what a run records of the engine."""
        ...

    def list_runs(self, config: PipelineConfig) -> list[str]:
        """Return every run that some source holds, oldest first by name.

        Raises:
            UsageError: No source's path holds ``{run_id}`` or ``{run_date}``.
        """
        ...

    def check_run_exists(self, config: PipelineConfig, tables: Sequence[TableConfig], run_id: str) -> None:
        """Check that some table has a source for the run.

        Raises:
            UsageError: None has.
        """
        ...

    def profile(
        self, config: PipelineConfig, tasks: Sequence[TableTask], store: ProfileStore, path: ReadPath
    ) -> Iterable[ProfiledTable]:
        """Yield the profile of each table, as it is done. A table that cannot be read yields a failed outcome.

        Args:
            config: The pipeline.
            tasks: The tables.
            store: Where incremental profiles find what did not change.
            path: How tables are read.
        """
        ...

    def compare_rows(self, config: PipelineConfig, run_id: str, left: TableKey, right: TableKey) -> TableSkew:
        """Compare two tables of a run that have the same keys, row by row.

        Raises:
            SourceError: A table cannot be read, or lacks a key.
        """
        ...


class AlertSink(Protocol):
    """Tells somebody of findings."""

    def send(self, pipeline: str, findings: Sequence[Finding]) -> None:
        """Tell of findings, worst first.

        Raises:
            AlertError: They could not be delivered.
        """
        ...
