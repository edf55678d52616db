"""Profiles of columns and tables: merged states, schema, and facts about the source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar

from stageprint.model.keys import TableKey
from stageprint.model.kinds import ColumnKind


class StateLike(Protocol):
    """The part of `stageprint.states.base.State` that profiles need."""

    name: ClassVar[str]

    def to_bytes(self) -> bytes:
        """Serialise the state."""
        ...


S = TypeVar("S", bound=StateLike)


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column's merged states in one run.

    Attributes:
        column: Path of the column; unique in its table.
        position: Position of its top-level column in the table, from 0.
        data_type: The type as Spark SQL writes it, such as ``decimal(10,2)``.
        kind: The kind as which it is profiled.
        states: Name → merged state.
        sensitive: What was stored of a sensitive column's values, as text: ``off``, ``hashed`` or a number of rows;
            None: the column was not sensitive.
        hash_key_id: Id of the secret that values of a sensitive column were hashed with; None: they were not.
    """

    column: str
    position: int
    data_type: str
    kind: ColumnKind
    states: Mapping[str, StateLike]
    sensitive: str | None = None
    hash_key_id: str | None = None

    @property
    def labels_hash_id(self) -> str | None:
        """Id of the secret that the column's labels were hashed with; None: they are texts as they were."""
        return self.hash_key_id if self.sensitive == "hashed" else None

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
        key: The table, or a slice of it.
        rows: Number of rows.
        schema: The top-level fields in order.
        columns: Column path → column profile; empty where the columns were not loaded.
        keys: Declared key, as column names joined by ``+`` → theta sketch of its values.
        facts: Further values of the table's row in `table_profiles` (bytes, files, event-time range, …) by name.
    """

    key: TableKey
    rows: int
    schema: tuple[SchemaField, ...]
    columns: Mapping[str, ColumnProfile]
    keys: Mapping[str, StateLike] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def event_range(self) -> tuple[dt.datetime, dt.datetime] | None:
        """Earliest and latest event time; None: there is no event time, or its values are not times."""
        first, latest = self.facts.get("event_time_min"), self.facts.get("event_time_max")
        return (first, latest) if isinstance(first, dt.datetime) and isinstance(latest, dt.datetime) else None
