"""What a rule of the first look is, what it sees, and what it says."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Final

from stageprint.model import ColumnKind
from stageprint.registry import discover

NUMBERS: Final = frozenset({ColumnKind.INTEGER, ColumnKind.FLOAT, ColumnKind.DECIMAL})
TIMES: Final = frozenset({ColumnKind.DATE, ColumnKind.TIMESTAMP, ColumnKind.TIMESTAMP_NTZ})


@dataclass(frozen=True)
class ColumnLook:
    """The stored profile of a column.

    Attributes:
        name: Its path.
        kind: The kind as which it was profiled.
        data_type: Spark SQL type of the source's column.
        sensitive: Whether its values may not be shown.
        figures: Every metric by name; a missing one or None is not computable.
    """

    name: str
    kind: ColumnKind
    data_type: str
    sensitive: bool
    figures: Mapping[str, Any]

    def figure(self, name: str) -> Any:
        """Return a metric; None: it is not computable."""
        return self.figures.get(name)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.figure("row_count") or 0)

    @property
    def values(self) -> int:
        """Number of rows with a value."""
        return self.rows - int(self.figure("null_count") or 0)

    @cached_property
    def labels(self) -> Mapping[str, int]:
        """The most frequent values as text, each with its rows, by falling count."""
        return {str(one["item"]): int(one["count"]) for one in self.figure("top_items") or ()}

    @property
    def has_all_labels(self) -> bool:
        """Whether `labels` are all distinct values, counted exactly."""
        distinct = self.figure("distinct_count")
        return not self.figure("top_items_max_error") and distinct is not None and len(self.labels) >= int(distinct) > 0

    @cached_property
    def patterns(self) -> Mapping[str, int]:
        """The most frequent patterns of texts, such as ``AA-9999``, each with its rows."""
        return {str(one["item"]): int(one["count"]) for one in self.figure("top_patterns") or ()}


@dataclass(frozen=True)
class TableLook:
    """The stored profile of a table, and what the configuration says of it.

    Attributes:
        run_id: The run.
        rows: Number of rows.
        columns: Its columns, in their order.
        keys: Entries of `table_profiles.keys`: columns, rows with a null, repeated rows.
        event_time: Column that says when a row happened.
        codes: Columns that are keys, parts of keys, or foreign keys.
        set_by_run: Columns that are the same in all rows of a run by their nature, such as the model's version.
        profiled_at: When it was profiled, in microseconds since 1970-01-01 UTC; None: not known.
    """

    run_id: str
    rows: int
    columns: Sequence[ColumnLook]
    keys: Sequence[Mapping[str, Any]] = ()
    event_time: str | None = None
    codes: frozenset[str] = frozenset()
    set_by_run: frozenset[str] = frozenset()
    profiled_at: int | None = None

    def of_kinds(self, *kinds: ColumnKind) -> Iterator[ColumnLook]:
        """Yield the columns of some kinds that have values."""
        return (column for column in self.columns if column.kind in kinds and column.values > 0)


@dataclass(frozen=True)
class Remark:
    """Something that is suspicious by itself.

    Attributes:
        column: The column; None: the table.
        text: What follows its name in a sentence, such as ``is null in all 12 rows``.
        evidence: The figures.
        brief: What follows the names of several columns of which the same is said.
    """

    column: str | None
    text: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    brief: str = ""


class FirstLookRule(ABC):
    """Something to look for in a table that is seen for the first time.

    The docstring's first sentence says what is found; the rest, when it stays quiet.

    Attributes:
        name: Its name; stored nowhere, shown as the cause.
        shows_no_value: Whether it neither shows nor needs values, so that it looks at sensitive columns too.
    """

    name: ClassVar[str]
    shows_no_value: ClassVar[bool] = False

    @abstractmethod
    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield what is suspicious about a table."""


def all_rules() -> Mapping[str, type[FirstLookRule]]:
    """Return the rules by name."""
    return discover("stageprint.first_look", FirstLookRule)
