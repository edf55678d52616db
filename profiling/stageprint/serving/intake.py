"""Converts the rows of a service to record batches of a plan, and counts the values that do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from stageprint.config.sensitive import SensitiveSettings
from stageprint.config.sketches import SketchSettings
from stageprint.config.tables import TableConfig
from stageprint.errors import without_data
from stageprint.fingerprint import TablePlan
from stageprint.serving.columns import ServedColumn, ServedColumns, unique_names, without_fields
from stageprint.serving.values import (
    Converted,
    ValueType,
    convert_array,
    convert_values,
    type_of_arrow,
    type_of_values,
    widened,
)
from stageprint.serving.windows import RejectedValues

_MAX_NAME_CHARACTERS: Final = 256
"""Characters kept of an unknown column's name; a service may send names of any length."""


class Intake:
    """Converts the rows of one table.

    Args:
        table: The table's configuration: keys, included and excluded columns, kinds, theta.
        settings: Sizes of the sketches.
        columns: The columns, as an Arrow schema or a mapping from names to Arrow types or Spark SQL's names of simple
            types; None: the columns of the first rows.
        max_columns: Largest number of columns taken from the first rows, and of unknown columns counted.
        sensitive: Settings of sensitive columns; None: the defaults.

    Raises:
        UsageError: `columns` has a type that is not known, or lacks a column that the configuration names.
    """

    def __init__(
        self,
        table: TableConfig,
        settings: SketchSettings,
        columns: pa.Schema | Mapping[str, Any] | None = None,
        max_columns: int = 1000,
        sensitive: SensitiveSettings | None = None,
    ) -> None:
        self._max_columns = max_columns
        self._columns = ServedColumns(table, settings, max_columns, sensitive)
        self._rejected: dict[str, RejectedValues] = {}
        self._problems: set[str] = set()
        if columns is not None:
            self._columns.declare(columns)

    @property
    def revision(self) -> int:
        """A number that grows whenever the plan changes."""
        return self._columns.revision

    def plan(self) -> TablePlan:
        """Return the plan of the next batches."""
        return self._columns.plan()

    def batch(self, rows: Sequence[Mapping[str, Any]] | pa.Table) -> pa.RecordBatch:
        """Return rows as a record batch of the columns.

        A value that does not fit its column is null in the batch and counted as rejected. The plan may change: compare
        `revision` before the batch is used with an older plan.
        """
        if isinstance(rows, pa.Table):
            return self._batch_of_table(rows)
        self._columns.fix(name for row in rows for name in row)
        arrays = []
        for column in self._columns:
            values = [row.get(column.name) for row in rows]
            if column.type is None:
                self._columns.set_type(column, type_of_values(values))
            if column.type is None:
                arrays.append(pa.nulls(len(rows), pa.bool_()))
                continue
            self._columns.set_type(column, widened(column.type, values))
            arrays.append(self._accepted(column, convert_values(column.type, values)))
        self._count_unknown(rows)
        return self._record_batch(arrays, len(rows))

    def described(self, error: Exception) -> str:
        """Return an error in words, without text that could be data where a column is sensitive."""
        if self._columns.is_sensitive:
            return without_data(error, self._columns.names)
        return f"{type(error).__name__}: {error}"

    @property
    def is_sensitive(self) -> bool:
        """Whether some column is sensitive: errors must not quote values then."""
        return self._columns.is_sensitive

    def take_rejected(self) -> tuple[dict[str, RejectedValues], tuple[str, ...]]:
        """Return the values rejected since the last call, by column, and what went wrong; then count from zero."""
        found = self._rejected, tuple(sorted(self._problems))
        self._rejected, self._problems = {}, set()
        return found

    def _batch_of_table(self, table: pa.Table) -> pa.RecordBatch:
        table = table.rename_columns(unique_names(table.column_names))
        self._columns.fix(table.column_names)
        arrays = []
        present = set(table.column_names)
        for column in self._columns:
            if column.name not in present:
                arrays.append(pa.nulls(table.num_rows, pa.bool_() if column.type is None else column.type.arrow))
                continue
            array = _one_array(table.column(column.name))
            if column.type is None and array.null_count < len(array):
                self._columns.set_type(column, type_of_arrow(array.type))
            if column.type is None:
                arrays.append(pa.nulls(len(array), pa.bool_()))
                continue
            self._columns.set_type(column, widened(column.type, array))
            arrays.append(self._accepted(column, convert_array(column.type, array)))
        for name in table.column_names:
            if name not in self._columns.expected:
                found = table.column(name)
                self._add_unknown(name, len(found) - found.null_count, type_of_arrow(found.type))
        return self._record_batch(arrays, table.num_rows)

    def _record_batch(self, arrays: list[pa.Array], rows: int) -> pa.RecordBatch:
        if not arrays:
            # A record batch made of no arrays has no rows; this one has `rows` rows and no columns.
            struct = pa.StructArray.from_arrays([pa.nulls(rows)], [""])
            return pa.RecordBatch.from_struct_array(struct).select([])
        return pa.RecordBatch.from_arrays(arrays, self._columns.names)

    def _accepted(self, column: ServedColumn, converted: Converted) -> pa.Array:
        """Return the values that fit, and count the others."""
        if converted.rejected and column.type is not None:
            reason = f"{self._shown(converted.rejected_type)} came where {column.type.name} was expected"
            self._reject(column.name, RejectedValues(converted.rejected, reason, column.type.name))
        return converted.array

    def _reject(self, name: str, values: RejectedValues) -> None:
        self._rejected[name] = self._rejected[name] + values if name in self._rejected else values

    def _count_unknown(self, rows: Sequence[Mapping[str, Any]]) -> None:
        expected = self._columns.expected
        values: dict[str, list[Any]] = {}
        for row in rows:
            if not row.keys() <= expected:
                for name in row.keys() - expected:
                    values.setdefault(name, []).append(row[name])
        for name in sorted(values):
            present = sum(1 for value in values[name] if type_of_values([value]) is not None)
            self._add_unknown(name, present, type_of_values(values[name]))

    def _add_unknown(self, name: str, values: int, found: ValueType | None) -> None:
        name = name[:_MAX_NAME_CHARACTERS]
        if name not in self._rejected and len(self._rejected) >= self._max_columns:
            self._problems.add(f"more than {self._max_columns} unknown columns came; those beyond were not counted")
            return
        reason = "the column is not among those of the first rows, nor declared (`columns`)"
        self._reject(name, RejectedValues(values, reason, self._shown(found.name) if found is not None else "void"))

    def _shown(self, data_type: str) -> str:
        """Return a type, where a column is sensitive without the names of fields: keys of mappings may be values."""
        return without_fields(data_type) if self._columns.is_sensitive else data_type


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    array = column.unify_dictionaries().combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # more bytes of text than one array's offsets can count
        array = column.cast(pa.large_string()).combine_chunks()
    return array.storage if isinstance(array, pa.ExtensionArray) else array
