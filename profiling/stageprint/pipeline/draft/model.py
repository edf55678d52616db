"""What a draft is made of: the tables that were found, and what was concluded about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

MAX_ROWS = 500_000
"""Rows of a table that are looked at; of a larger one only the columns of its key are read to their end."""


@dataclass(frozen=True)
class TableFound:
    """A table that was found, before its rows are looked at.

    Attributes:
        stage: Name of its stage.
        name: Its name.
        source: Its source, as the configuration says it.
        runs: The runs that it was found in, oldest first; empty: its source names no run.
        notes: What is worth saying of how it was found.
        keys: Its key, where whoever describes the table says so; empty: it is to be found.
        references: Its foreign keys likewise.
        event_time: Its event time likewise.
        parents: Tables that it is made from likewise, as (stage, name).
        why: Who says so, for `keys`, `references` and `event_time`.
    """

    stage: str
    name: str
    source: Mapping[str, Any]
    runs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    event_time: str | None = None
    parents: tuple[tuple[str, str], ...] = ()
    why: str = ""

    @property
    def full_name(self) -> str:
        """The name with that of its stage."""
        return f"{self.stage}.{self.name}"


@dataclass(frozen=True)
class Sample:
    """Rows of a table.

    Attributes:
        rows: The rows.
        complete: Whether these are all.
    """

    rows: pa.Table
    complete: bool


class TableReader(Protocol):
    """Reads rows of tables that were found."""

    def sample(self, table: TableFound, run: str | None, limit: int, columns: Sequence[str] | None = None) -> Sample:
        """Return at most about `limit` rows, from all over the table.

        Args:
            table: The table.
            run: The run; None: its source names none.
            limit: Number of rows.
            columns: Only these columns; None: all.

        Raises:
            SourceError: The table cannot be read.
        """
        ...

    def batches(self, table: TableFound, run: str | None, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield all rows of some columns, in the order of `columns`.

        Raises:
            SourceError: The table cannot be read.
        """
        ...


@dataclass(frozen=True)
class Concluded:
    """Something that was concluded, and from what.

    Attributes:
        value: What stands in the configuration.
        evidence: Why, in words that hold no value of the table.
        share: Share (0-1) of values of which it is true; None: of all.
    """

    value: Any
    evidence: str
    share: float | None = None


@dataclass
class DraftTable:
    """What the configuration says of a table.

    Attributes:
        found: The table.
        rows: Number of rows looked at in the latest run; None: it was not read.
        complete: Whether these are all.
        problem: Why it could not be read.
        keys: Its key.
        event_time: Its event time.
        references: Foreign keys: column → what it refers to.
        derived: Lineage of computed columns: column → where it comes from.
        parents: The tables that it is made from, as stage → evidence.
        roles: Columns that may be a model's: ``label``, ``prediction``, ``score`` → the column.
    """

    found: TableFound
    rows: int | None = None
    complete: bool = True
    problem: str | None = None
    keys: Concluded | None = None
    event_time: Concluded | None = None
    references: dict[str, Concluded] = field(default_factory=dict)
    derived: dict[str, Concluded] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    roles: dict[str, Concluded] = field(default_factory=dict)


@dataclass(frozen=True)
class DraftPattern:
    """A pattern by which later tables join a stage.

    Attributes:
        source: The pattern, as ``match`` in the configuration says it.
        names: The tables that it matches now.
    """

    source: Mapping[str, Any]
    names: tuple[str, ...]


@dataclass
class DraftStage:
    """A stage of the draft.

    Attributes:
        name: Its name.
        tables: Its tables.
        upstream: The stages that it reads from, each with the evidence.
        role: What it is to a model.
        patterns: By which later tables join it.
    """

    name: str
    tables: list[DraftTable]
    upstream: dict[str, str] = field(default_factory=dict)
    role: str | None = None
    patterns: list[DraftPattern] = field(default_factory=list)
