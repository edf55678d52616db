"""The nouns every layer shares: keys, column kinds, profiles, and what could not be computed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Final, Protocol, TypeVar

TABLE_LEVEL: Final = ":table"
"""`column_name` of rows that speak of a whole table, as in Databricks' profile tables."""


class ColumnKind(str, Enum):
    """What a column's values are, as far as statistics care; one Spark SQL type maps to one kind."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"
    DECIMAL = "decimal"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIMESTAMP_NTZ = "timestamp_ntz"
    STRING = "string"
    BINARY = "binary"
    ARRAY = "array"
    """A list of values; its elements are a column of their own, ``path[]``."""
    MAP = "map"
    """A map; its keys and values are columns of their own, ``path{}`` and ``path{*}``."""
    OTHER = "other"
    """Any other type: counted (rows, nulls), nothing else."""


NUMERIC: Final = frozenset({ColumnKind.INTEGER, ColumnKind.FLOAT, ColumnKind.DECIMAL})
TEMPORAL: Final = frozenset({ColumnKind.DATE, ColumnKind.TIMESTAMP, ColumnKind.TIMESTAMP_NTZ})
TIMESTAMPS: Final = frozenset({ColumnKind.TIMESTAMP, ColumnKind.TIMESTAMP_NTZ})
ORDERED: Final = NUMERIC | TEMPORAL
"""Kinds whose values map to doubles (dates: days, timestamps: microseconds, both since 1970-01-01)."""
ALL_KINDS: Final = frozenset(ColumnKind)
SIZED: Final = frozenset({ColumnKind.STRING, ColumnKind.BINARY, ColumnKind.ARRAY, ColumnKind.MAP})
"""Kinds whose values have a length: in characters, bytes, elements, entries."""
SCALAR: Final = ALL_KINDS - {ColumnKind.ARRAY, ColumnKind.MAP, ColumnKind.OTHER}
"""Kinds whose values can be told apart, hashed and written as text."""


@dataclass(frozen=True, slots=True)
class NotComputable:
    """Stands in place of a value that could not be computed; never a zero, never an empty cell."""

    reason: str

    def __bool__(self) -> bool:
        """A missing value is falsy, so that ``value or fallback`` does not take it for a number."""
        return False


@dataclass(frozen=True, slots=True, order=True)
class RunKey:
    """One run of one pipeline."""

    pipeline: str
    run_id: str


@dataclass(frozen=True, slots=True, order=True)
class TableKey:
    """One table of one stage; the same in every run."""

    stage: str
    table: str

    def __str__(self) -> str:
        """Return ``stage.table``, as messages and findings show it."""
        return f"{self.stage}.{self.table}"


@dataclass(frozen=True, slots=True, order=True)
class ColumnKey:
    """One column of one table of one stage; `column` is `TABLE_LEVEL` for the table itself."""

    stage: str
    table: str
    column: str

    @property
    def table_key(self) -> TableKey:
        """The table the column belongs to."""
        return TableKey(self.stage, self.table)

    def __str__(self) -> str:
        """Return ``stage.table.column``, or ``stage.table`` for the table itself."""
        return f"{self.stage}.{self.table}" + ("" if self.column == TABLE_LEVEL else f".{self.column}")


class StateLike(Protocol):
    """What the model needs to know of a state; `profiling.states.base.State` is the whole of it."""

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


class Severity(str, Enum):
    """How loud a shift or a finding is; compare with `rank`."""

    NONE = "none"
    REVIEW = "review"
    """Digest only; never pages."""
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (none) to 3 (critical)."""
        return ("none", "review", "warning", "critical").index(self.value)


@dataclass(frozen=True, slots=True)
class ReferenceResult:
    """One statistic against one reference.

    Attributes:
        reference: ``prev``, ``window``, ``seasonal``, ``long``, ``run:ID`` or ``stage:NAME``.
        value: The statistic; None where it was not computable against this reference.
        residual: max(0, |value| − dead zone), the part sketch error cannot explain.
        scale: Root mean square of the stored backtest residuals, before floors and moderation; None without any.
        backtests: Number of past residuals behind `scale`.
    """

    reference: str
    value: float | None
    residual: float | None
    scale: float | None
    backtests: int


@dataclass(frozen=True, slots=True)
class ShiftRecord:
    """One row of `shifts`: one statistic of one column (or table) in one run, decided.

    Attributes:
        key: The column; `key.column` is `TABLE_LEVEL` for table statistics.
        statistic: Registered name of the shift statistic or invariant.
        value: The statistic against the reference that decided (the least significant admissible one).
        error: Its sketch-induced error bound, in the statistic's unit.
        references: The result against each reference.
        expected_low: Lower end of the values that would not have been flagged.
        expected_high: Upper end of them.
        effect: Residual as a multiple of the practical floor ω.
        score: −log10 p before calibration over the run.
        p_value: Calibrated p.
        q_value: Benjamini–Hochberg adjusted p over the run.
        severity: Decision; NONE where quiet.
        deterministic: A rule without chance was broken (schema, all null, constant, invariant, keys lost).
        reason: Why it was not computable, else None.
        explanation: The decision in words: value, error, expected range, rule.
    """

    key: ColumnKey
    statistic: str
    value: float | None
    error: float | None
    references: tuple[ReferenceResult, ...]
    expected_low: float | None
    expected_high: float | None
    effect: float | None
    score: float | None
    p_value: float | None
    q_value: float | None
    severity: Severity
    deterministic: bool
    reason: str | None
    explanation: str


FindingClass = str
"""``data``, ``pipeline``, ``population`` or ``unknown``."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that went wrong: where it began, since when, why, and what it explains.

    Attributes:
        finding_id: Stable for the same pipeline, run, origin and cause.
        run_id: Run under test.
        severity: How loud.
        cause: Registered name of the cause, such as ``join_lost_rows``.
        finding_class: ``data``, ``pipeline``, ``population`` or ``unknown``.
        origin: Stage, table and column where it began.
        first_run: First run in which the origin was flagged without a gap since.
        explains: Downstream (and sibling) columns whose shifts this explains, as ``stage.table.column``.
        confidence: 0–1, the cause's fit against the runner-up's.
        alternatives: Other causes that fit nearly as well.
        evidence: The figures behind it; JSON-serialisable.
        sentence: One plain sentence.
    """

    finding_id: str
    run_id: str
    severity: Severity
    cause: str
    finding_class: FindingClass
    origin: ColumnKey
    first_run: str
    explains: tuple[str, ...]
    confidence: float
    alternatives: tuple[str, ...]
    evidence: Mapping[str, Any]
    sentence: str
