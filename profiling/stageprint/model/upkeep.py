"""What upkeep did: runs that were removed, rows, files and bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stageprint.model.keys import ColumnKey, TableKey


@dataclass(frozen=True, slots=True)
class StoredFiles:
    """What a result table occupies.

    Attributes:
        files: Number of data files of the current version.
        bytes: Their size in bytes.
        all_files: Number of all its files, with those of old versions and the log; None: they cannot be listed.
        all_bytes: Their size in bytes; None: they cannot be listed.
    """

    files: int
    bytes: int
    all_files: int | None = None
    all_bytes: int | None = None

    def __add__(self, other: StoredFiles) -> StoredFiles:
        """Return what two tables occupy together; what one of them does not know, the sum does not either."""
        return StoredFiles(
            self.files + other.files,
            self.bytes + other.bytes,
            _sum(self.all_files, other.all_files),
            _sum(self.all_bytes, other.all_bytes),
        )


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


@dataclass(frozen=True, slots=True)
class RunDecision:
    """Whether a run is removed, and why.

    Attributes:
        run_id: The run.
        removed: Whether its rows are removed from every result table.
        reason: Why it is removed, or why it is kept although it is beyond the limits.
    """

    run_id: str
    removed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class TableDecision:
    """A table whose rows are removed from some runs that stay.

    Attributes:
        key: The table.
        runs: The runs, oldest first.
    """

    key: TableKey
    runs: Sequence[str]


@dataclass(frozen=True, slots=True)
class TableUpkeep:
    """What was done to one result table.

    Attributes:
        table: Its name.
        rows_removed: Rows that were removed, or in a dry run would be.
        before: What it occupied before.
        after: What it occupies now; a dry run changes nothing.
    """

    table: str
    rows_removed: int
    before: StoredFiles
    after: StoredFiles


@dataclass(frozen=True, slots=True)
class MaintainOutcome:
    """The outcome of `maintain`.

    Attributes:
        runs: Runs that were removed, and runs beyond the limits that were kept, oldest first.
        tables: Tables whose rows were removed from runs that stay.
        leftovers: Rows removed that did not count: of commands that were stopped, or replaced since.
        result_tables: What was done to each result table.
        notes: What is lost for later comparisons, and what could not be done.
        dry_run: Whether nothing was changed.
        store: Location of the store.
        seconds: Wall-clock time of the command.
    """

    runs: Sequence[RunDecision]
    tables: Sequence[TableDecision]
    leftovers: int
    result_tables: Sequence[TableUpkeep]
    notes: Sequence[str]
    dry_run: bool
    store: str
    seconds: float


@dataclass(frozen=True, slots=True)
class DeleteOutcome:
    """The outcome of `delete_runs`.

    Attributes:
        runs: The runs.
        rows: Result table → rows removed; only those that held any.
        notes: What is lost for later comparisons.
        dry_run: Whether nothing was changed.
        store: Location of the store.
    """

    runs: Sequence[str]
    rows: dict[str, int]
    notes: Sequence[str]
    dry_run: bool
    store: str


@dataclass(frozen=True, slots=True)
class PurgeOutcome:
    """The outcome of `purge`.

    Attributes:
        column: The column.
        rows: Result table → rows removed.
        changed: Result table → rows that stay and lost what they held of the column.
        runs: Runs in which a finding lost its sentence and evidence.
        bytes_left: Which bytes of the column remain, where, and until when; empty: none.
        notes: What else there is to know.
        dry_run: Whether nothing was changed.
        store: Location of the store.
    """

    column: ColumnKey
    rows: dict[str, int]
    changed: dict[str, int]
    runs: Sequence[str]
    bytes_left: Sequence[str]
    notes: Sequence[str]
    dry_run: bool
    store: str
