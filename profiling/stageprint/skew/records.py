"""The result of a row comparison: tables, columns, differing rows and suspected changes."""

from __future__ import annotations

from dataclasses import dataclass

from stageprint.model import TableKey


@dataclass(frozen=True)
class Suspicion:
    """A change that explains how a column's values differ between the two sides.

    Attributes:
        kind: ``null_to_value``, ``value_to_null``, ``offset``, ``factor``, ``rounding``, ``shifted_hours``, ``case``,
            ``whitespace``, ``case_and_whitespace`` or ``recoded``.
        rows: Number of rows that it explains.
        share: Share (0–1) that it explains of the rows with a null on one side, or of the rows with two unequal values.
        sentence: The change in words.
    """

    kind: str
    rows: int
    share: float
    sentence: str


@dataclass(frozen=True)
class DifferingRow:
    """One row whose values differ.

    Attributes:
        key: Its key as text.
        left: Value on the left as text; None for a null.
        right: Value on the right as text; None for a null.
    """

    key: str
    left: str | None
    right: str | None


@dataclass(frozen=True)
class ColumnSkew:
    """How one column differs between the two sides.

    Attributes:
        column: Its name on the left.
        left_type: Spark SQL's type on the left.
        right_type: The same on the right.
        rows: Number of rows compared: those whose key is unique on both sides.
        differing: Number of rows that differ, including those with a null on one side only.
        left_null: Number of rows that are null on the left only.
        right_null: Number of rows that are null on the right only.
        suspicions: The changes that explain the differences, those of most rows first.
        examples: The rows of the largest differences; none for a sensitive column.
        reason: Why the column was not compared; None where it was.
    """

    column: str
    left_type: str
    right_type: str
    rows: int = 0
    differing: int = 0
    left_null: int = 0
    right_null: int = 0
    suspicions: tuple[Suspicion, ...] = ()
    examples: tuple[DifferingRow, ...] = ()
    reason: str | None = None

    @property
    def share(self) -> float | None:
        """Share of the compared rows that differ, 0–1; None where no row was compared."""
        return self.differing / self.rows if self.rows else None


@dataclass(frozen=True)
class TableSkew:
    """Two tables joined by their keys.

    Attributes:
        left: Table on the left, such as the training features.
        right: Table on the right, such as the serving log.
        keys: Key columns, as the left table declares them.
        left_rows: Rows on the left.
        right_rows: Rows on the right.
        matched: Number of keys that are unique on both sides; their rows are compared.
        left_only: Rows on the left whose key is not on the right.
        right_only: Rows on the right whose key is not on the left.
        repeated: Rows of both sides whose key occurs several times on one side; they are not compared.
        null_keys: Rows of both sides with a null in the key; they are not compared.
        columns: The columns that both sides have, those with the most differing rows first.
        left_columns: Columns that only the left has.
        right_columns: Columns that only the right has.
    """

    left: TableKey
    right: TableKey
    keys: tuple[str, ...]
    left_rows: int
    right_rows: int
    matched: int
    left_only: int
    right_only: int
    repeated: int
    null_keys: int
    columns: tuple[ColumnSkew, ...]
    left_columns: tuple[str, ...] = ()
    right_columns: tuple[str, ...] = ()
