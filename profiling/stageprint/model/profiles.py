"""Profiles of columns and tables: merged states, and what is known of the source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar

from stageprint.model.keys import TableKey
from stageprint.model.kinds import ColumnKind


class StateLike(Protocol):
    """What the model needs to know of a state; `stageprint.states.base.State` is the whole of it."""

    name: ClassVar[str]

    def to_bytes(self) -> bytes:
        """Serialise the state."""
        ...


S = TypeVar("S", bound=StateLike)


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column's merged states in one run.

    Attributes:
        column: The column's path; names exactly one column of its table.
        position: 0-based position in the table's schema.
        data_type: Spark SQL's name of the type, such as ``decimal(10,2)``.
        kind: What the statistics take it for.
        states: Merged states by name.
    """

    column: str
    position: int
    data_type: str
    kind: ColumnKind
    states: Mapping[str, StateLike]

    def state(self, cls: type[S]) -> S | None:
        """Return the state of class `cls`, or None where the column has none."""
        found = self.states.get(cls.name)
        return found if isinstance(found, cls) else None


@dataclass(frozen=True, slots=True)
class SchemaField:
    """One top-level field of a table's schema."""

    name: str
    data_type: str
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class TableProfile:
    """One table's profile in one run.

    Attributes:
        key: Stage and table.
        rows: Number of rows scanned.
        schema: The top-level fields in order.
        columns: Column profiles by column path.
        keys: Theta states of declared key columns by name (``+``-joined column names).
        facts: Further values of the `table_profiles` row (bytes, files, event-time range, …) by column name.
    """

    key: TableKey
    rows: int
    schema: tuple[SchemaField, ...]
    columns: Mapping[str, ColumnProfile]
    keys: Mapping[str, StateLike] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def event_range(self) -> tuple[dt.datetime, dt.datetime] | None:
        """First and latest event time; None where they are not known or are no moments."""
        first, latest = self.facts.get("event_time_min"), self.facts.get("event_time_max")
        return (first, latest) if isinstance(first, dt.datetime) and isinstance(latest, dt.datetime) else None
