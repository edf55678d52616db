"""From what a service hands over to record batches of a plan: which columns there are, and as what each is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from stageprint.config.sketches import SketchSettings
from stageprint.config.tables import TableConfig
from stageprint.errors import UsageError, did_you_mean
from stageprint.fingerprint import ColumnPlan, TablePlan, hash_key, plan_column
from stageprint.model import ColumnKind
from stageprint.serving.values import (
    TARGETS,
    Taken,
    ValueType,
    take_array,
    take_values,
    type_of_arrow,
    type_of_values,
    widened,
)
from stageprint.serving.windows import Aside

Rows = list[Mapping[str, Any]]

_NAME_CHARACTERS: Final = 256
_ARROW_NAMES: Final = {
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "timestamp_ntz": pa.timestamp("us"),
    "string": pa.string(),
}


@dataclass
class _IntakeColumn:
    name: str
    type: ValueType | None = None
    """None while nothing but nulls came."""
    seen: str | None = None
    """Spark SQL's name of the type the values come in; differs from the type's own under a kind override."""


class Intake:
    """The columns of one table, fixed by the first rows or declared.

    Args:
        table: The table's configuration: keys, included and excluded columns, kinds, theta.
        settings: Sizes of the sketches.
        columns: The columns, as an Arrow schema or a mapping from names to Arrow types or Spark SQL's names of simple
            types; None takes those of the first rows.
        most_columns: Columns taken from the first rows, and unknown columns counted beside them.

    Attributes:
        revision: Rises whenever the plan changes.

    Raises:
        UsageError: `columns` names a type that is not known, or a column the configuration names is missing from it.
    """

    def __init__(
        self,
        table: TableConfig,
        settings: SketchSettings,
        columns: pa.Schema | Mapping[str, Any] | None = None,
        most_columns: int = 1000,
    ) -> None:
        self._table = table
        self._settings = settings
        self._most = most_columns
        self._columns: dict[str, _IntakeColumn] = {}
        self._known: frozenset[str] = frozenset()
        self._fixed = False
        self._aside: dict[str, Aside] = {}
        self._problems: set[str] = set()
        self.revision = 0
        if columns is not None:
            self._declare(columns)

    @property
    def fixed(self) -> bool:
        """Whether the columns are known."""
        return self._fixed

    def plan(self) -> TablePlan:
        """Return the plan that the next batches have."""
        kinds = {column.name: column.type for column in self._columns.values()}
        theta = {self._find(name) for name in self._table.columns.theta}
        sensitive = {self._find(name): how for name, how in self._table.columns.sensitive.items()}
        profiled = {name for name in self._columns if self._is_profiled(name)}
        columns = []
        for place, (name, found) in enumerate(kinds.items()):
            if found is None:
                plan = plan_column(name, place, "void", ColumnKind.OTHER)
            else:
                data_type = self._columns[name].seen or found.name
                how = sensitive.get(name)
                plan = plan_column(name, place, data_type, found.kind, theta=name in theta, sensitive=how)
            # A key's columns are read even where they are not profiled.
            columns.append(plan if name in profiled else ColumnPlan(name, place, plan.data_type, plan.kind, ()))
        key = tuple(self._find(name) for name in self._table.keys)
        usable = key and all((found := kinds.get(name)) and found.kind is not ColumnKind.OTHER for name in key)
        return TablePlan(tuple(columns), (key,) if usable else (), self._settings, hash_key(self._table))

    def take(self, rows: Rows | pa.Table) -> pa.RecordBatch:
        """Return rows as a record batch of the columns; look at `revision` before using it with an older plan.

        What does not fit is null in it, and set aside.
        """
        if isinstance(rows, pa.Table):
            return self._take_table(rows)
        if not self._fixed:
            self._fix(name for row in rows for name in row)
        arrays = []
        for column in self._columns.values():
            name = column.name
            values = [row.get(name) for row in rows]
            if column.type is None:
                self._retype(column, type_of_values(values))
            if column.type is None:
                arrays.append(pa.nulls(len(rows), pa.bool_()))
                continue
            self._retype(column, widened(column.type, values))
            arrays.append(self._kept(column, take_values(column.type, values)))
        self._count_unknown(rows)
        return self._batch(arrays, len(rows))

    def take_aside(self) -> tuple[dict[str, Aside], tuple[str, ...]]:
        """Return what was set aside since the last call, and problems, and begin anew."""
        found = self._aside, tuple(sorted(self._problems))
        self._aside, self._problems = {}, set()
        return found

    def _take_table(self, table: pa.Table) -> pa.RecordBatch:
        table = table.rename_columns(_unique(table.column_names))
        if not self._fixed:
            self._fix(table.column_names)
        arrays = []
        present = set(table.column_names)
        for column in self._columns.values():
            if column.name not in present:
                arrays.append(pa.nulls(table.num_rows, pa.bool_() if column.type is None else column.type.arrow))
                continue
            array = _one_array(table.column(column.name))
            if column.type is None and array.null_count < len(array):
                self._retype(column, type_of_arrow(array.type))
            if column.type is None:
                arrays.append(pa.nulls(len(array), pa.bool_()))
                continue
            self._retype(column, widened(column.type, array))
            arrays.append(self._kept(column, take_array(column.type, array)))
        for name in table.column_names:
            if name not in self._known:
                found = table.column(name)
                self._add_unknown(name, len(found) - found.null_count, type_of_arrow(found.type))
        return self._batch(arrays, table.num_rows)

    def _batch(self, arrays: list[pa.Array], rows: int) -> pa.RecordBatch:
        if not arrays:
            # Without columns a record batch would forget its rows.
            struct = pa.StructArray.from_arrays([pa.nulls(rows)], [""])
            return pa.RecordBatch.from_struct_array(struct).select([])
        return pa.RecordBatch.from_arrays(arrays, list(self._columns))

    def _kept(self, column: _IntakeColumn, taken: Taken) -> pa.Array:
        if taken.aside and column.type is not None:
            reason = f"{taken.found} came where {column.type.name} was expected"
            self._set_aside(column.name, Aside(taken.aside, reason, column.type.name))
        return taken.array

    def _set_aside(self, name: str, aside: Aside) -> None:
        self._aside[name] = self._aside[name] + aside if name in self._aside else aside

    def _retype(self, column: _IntakeColumn, found: ValueType | None) -> None:
        if found is None or found == column.type:
            return
        if column.type is None:
            found, column.seen = self._overridden(column.name, found), found.name
        else:
            column.seen = found.name
        column.type = found
        self.revision += 1

    def _overridden(self, name: str, found: ValueType) -> ValueType:
        """Return the type under the configuration's kind override, where there is one."""
        kind = next((kind for other, kind in self._table.columns.kinds.items() if self._find(other) == name), None)
        if kind is None or kind is found.kind:
            return found
        if kind is ColumnKind.OTHER:
            return ValueType(pa.bool_(), kind, found.name)
        return ValueType(TARGETS[kind], kind, found.name, converted=True)

    def _declare(self, columns: pa.Schema | Mapping[str, Any]) -> None:
        if isinstance(columns, pa.Schema):
            columns = dict(zip(_unique(columns.names), columns.types, strict=True))
        for name, given in columns.items():
            arrow = _arrow_type(name, given)
            self._columns[name] = _IntakeColumn(name)
            found = type_of_arrow(arrow)
            if found is not None:
                declared = ValueType(found.arrow, found.kind, found.name, declared=True)
                self._columns[name].type, self._columns[name].seen = self._overridden(name, declared), found.name
        for where, name in self._table.named_columns():
            if self._find(name) not in self._columns:
                message = (
                    f"table {self._table.name!r}: {where}: `columns` has no column {name!r}"
                    f"{did_you_mean(name, self._columns)}"
                )
                raise UsageError(message)
        self._columns = {name: column for name, column in self._columns.items() if self._is_read(name)}
        self._known = frozenset(self._columns) | {name for name in columns if not self._is_read(name)}
        self._fixed = True

    def _fix(self, names: Iterable[str]) -> None:
        found = list(dict.fromkeys(names))
        wanted = [name for _, name in self._table.named_columns()]
        folded = {name.casefold() for name in found}
        # A key, or the event time, that the first rows do not have is still a column.
        found += [name for name in dict.fromkeys(wanted) if name.casefold() not in folded]
        self._columns = {name: _IntakeColumn(name) for name in found}
        excluded = {name for name in found if not self._is_read(name)}
        read = [name for name in found if name not in excluded]
        self._columns = {name: _IntakeColumn(name) for name in read[: self._most]}
        self._known = frozenset(self._columns) | excluded
        self._fixed = True
        self.revision += 1

    def _is_profiled(self, name: str) -> bool:
        config = self._table.columns
        included = config.include is None or name in {self._find(other) for other in config.include}
        return included and name not in {self._find(other) for other in config.exclude}

    def _is_read(self, name: str) -> bool:
        return self._is_profiled(name) or name in {self._find(other) for other in self._table.keys}

    def _find(self, name: str) -> str:
        """Return the column a configured name means: the same, else the only one that differs in case alone."""
        if name in self._columns:
            return name
        folded = [other for other in self._columns if other.casefold() == name.casefold()]
        return folded[0] if len(folded) == 1 else name

    def _count_unknown(self, rows: Sequence[Mapping[str, Any]]) -> None:
        known = self._known
        strangers = [row for row in rows if not row.keys() <= known]
        if not strangers:
            return
        values: dict[str, list[Any]] = {}
        for row in strangers:
            for name in row.keys() - known:
                values.setdefault(name, []).append(row[name])
        for name in sorted(values):
            found = type_of_values(values[name])
            present = sum(1 for value in values[name] if type_of_values([value]) is not None)
            self._add_unknown(name, present, found)

    def _add_unknown(self, name: str, values: int, found: ValueType | None) -> None:
        name = name[:_NAME_CHARACTERS]
        if name not in self._aside and len(self._aside) >= self._most:
            self._problems.add(f"more than {self._most} unknown columns came; those beyond were not counted")
            return
        reason = "the column is not among those of the first rows, nor declared (`columns`)"
        self._set_aside(name, Aside(values, reason, found.name if found is not None else "void"))


def _arrow_type(name: str, given: Any) -> pa.DataType:
    if isinstance(given, pa.DataType):
        return given
    if isinstance(given, str) and given in _ARROW_NAMES:
        return _ARROW_NAMES[given]
    hint = did_you_mean(str(given), _ARROW_NAMES)
    message = f"columns: {name!r}: expected an Arrow type or the name of a simple type, got {given!r}{hint}"
    raise UsageError(message)


def _unique(names: Sequence[str]) -> list[str]:
    """Return the names, with ``#2``, ``#3`` … behind the later ones of a name that stands several times."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return unique


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    array = column.unify_dictionaries().combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # more bytes of text than one array's offsets can count
        array = column.cast(pa.large_string()).combine_chunks()
    return array.storage if isinstance(array, pa.ExtensionArray) else array
