"""The columns of a table in a serving process, declared or fixed by the first rows, and the type of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa

from stageprint.config.sensitive import SensitiveSettings, secret_for, sensitivity
from stageprint.config.sketches import SketchSettings
from stageprint.config.tables import TableConfig
from stageprint.errors import UsageError, did_you_mean
from stageprint.fingerprint import TablePlan, plan_column
from stageprint.model import ColumnKind
from stageprint.serving.values import ARROW_TYPES, ValueType, type_of_arrow

_SIMPLE_TYPES: Final = {
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
"""Spark SQL's names of the types that `columns` may give by name."""


@dataclass
class ServedColumn:
    """A column and the type of its values so far.

    Attributes:
        name: Its name.
        type: The type that values are converted to; None while all values were null.
        incoming_type: Spark SQL's name of the type that values have before the configuration's kind override.
    """

    name: str
    type: ValueType | None = None
    incoming_type: str | None = None


class ServedColumns:
    """The columns of one table; empty until they are declared or the first rows fix them.

    Args:
        table: The table's configuration: keys, included and excluded columns, kinds, theta, sensitive columns.
        settings: Sizes of the sketches.
        max_columns: Largest number of columns that the first rows can fix.
        sensitive: Settings of sensitive columns; None: the defaults.

    Raises:
        UsageError: A column is to be hashed, and there is no secret.
    """

    def __init__(
        self,
        table: TableConfig,
        settings: SketchSettings,
        max_columns: int,
        sensitive: SensitiveSettings | None = None,
    ) -> None:
        sensitive = sensitive or SensitiveSettings()
        self._min_group_size = sensitive.min_group_size
        self._secret = secret_for(table.name, table.columns.sensitive, sensitive)
        self._table = table
        self._settings = settings
        self._max_columns = max_columns
        self._columns: dict[str, ServedColumn] = {}
        self._expected: frozenset[str] = frozenset()
        self._fixed = False
        self._revision = 0

    def __iter__(self) -> Iterator[ServedColumn]:
        """Return the columns in order."""
        return iter(self._columns.values())

    @property
    def names(self) -> list[str]:
        """Names of the columns in order."""
        return list(self._columns)

    @property
    def is_sensitive(self) -> bool:
        """Whether some column is declared sensitive."""
        return bool(self._table.columns.sensitive)

    @property
    def expected(self) -> frozenset[str]:
        """Names that rows may have: the columns, and those that the configuration excludes."""
        return self._expected

    @property
    def revision(self) -> int:
        """A number that grows whenever the plan changes."""
        return self._revision

    def declare(self, columns: pa.Schema | Mapping[str, Any]) -> None:
        """Fix the columns and their types.

        Args:
            columns: An Arrow schema, or a mapping from names to Arrow types or Spark SQL's names of simple types.

        Raises:
            UsageError: A type is not known, or a column that the configuration names is missing.
        """
        if isinstance(columns, pa.Schema):
            columns = dict(zip(unique_names(columns.names), columns.types, strict=True))
        for name, given in columns.items():
            arrow = _arrow_type(name, given)
            self._columns[name] = ServedColumn(name)
            found = type_of_arrow(arrow)
            if found is not None:
                declared = ValueType(found.arrow, found.kind, found.name, declared=True)
                self._columns[name].type = self._with_override(name, declared)
                self._columns[name].incoming_type = found.name
        for where, name in self._table.named_columns():
            if self._find(name) not in self._columns:
                message = (
                    f"table {self._table.name!r}: {where}: `columns` has no column {name!r}"
                    f"{did_you_mean(name, self._columns)}"
                )
                raise UsageError(message)
        self._columns = {name: column for name, column in self._columns.items() if self._is_read(name)}
        self._expected = frozenset(self._columns) | {name for name in columns if not self._is_read(name)}
        self._fixed = True

    def fix(self, names: Iterable[str]) -> None:
        """Fix the columns by the names in the first rows; does nothing once they are fixed or declared."""
        if self._fixed:
            return
        found = list(dict.fromkeys(names))
        configured = [name for _, name in self._table.named_columns()]
        folded = {name.casefold() for name in found}
        # A key or event time is a column even if the first rows do not have it.
        found += [name for name in dict.fromkeys(configured) if name.casefold() not in folded]
        self._columns = {name: ServedColumn(name) for name in found}
        excluded = {name for name in found if not self._is_read(name)}
        read = [name for name in found if name not in excluded]
        self._columns = {name: ServedColumn(name) for name in read[: self._max_columns]}
        self._expected = frozenset(self._columns) | excluded
        self._fixed = True
        self._revision += 1

    def set_type(self, column: ServedColumn, found: ValueType | None) -> None:
        """Give a column the type of its values, or a wider one; None: there is nothing to change."""
        found = self._without_fields(column.name, found)
        if found is None or found == column.type:
            return
        column.incoming_type = found.name
        column.type = self._with_override(column.name, found) if column.type is None else found
        self._revision += 1

    def _without_fields(self, name: str, found: ValueType | None) -> ValueType | None:
        """Return the type of values without the names of fields, where the column is sensitive.

        The fields of a mapping are its keys, which may be values.
        """
        if found is None or found.declared or sensitivity(name, self._table.columns.sensitive) is None:
            return found
        return replace(found, name=without_fields(found.name))

    def plan(self) -> TablePlan:
        """Return the plan of the batches that have these columns and types."""
        types = {column.name: column.type for column in self}
        theta = {self._find(name) for name in self._table.columns.theta}
        profiled = {name for name in self._columns if self._is_profiled(name)}
        columns = []
        for position, (name, found) in enumerate(types.items()):
            how = sensitivity(name, self._table.columns.sensitive)
            if found is None:
                plan = plan_column(name, position, "void", ColumnKind.OTHER, sensitive=how, secret=self._secret)
            else:
                data_type = self._columns[name].incoming_type or found.name
                plan = plan_column(
                    name, position, data_type, found.kind, theta=name in theta, sensitive=how, secret=self._secret
                )
            # The columns of a key are read even if they are not profiled.
            columns.append(plan if name in profiled else replace(plan, states=()))
        key = tuple(self._find(name) for name in self._table.keys)
        usable = key and all((found := types.get(name)) and found.kind is not ColumnKind.OTHER for name in key)
        return TablePlan(
            tuple(columns),
            (key,) if usable else (),
            self._settings,
            self._secret,
            min_group_size=self._min_group_size,
        )

    def _with_override(self, name: str, found: ValueType) -> ValueType:
        """Return the type under the configuration's kind override, if there is one."""
        kind = next((kind for other, kind in self._table.columns.kinds.items() if self._find(other) == name), None)
        if kind is None or kind is found.kind:
            return found
        if kind is ColumnKind.OTHER:
            return ValueType(pa.bool_(), kind, found.name)
        return ValueType(ARROW_TYPES[kind], kind, found.name, cast=True)

    def _is_profiled(self, name: str) -> bool:
        config = self._table.columns
        included = config.include is None or name in {self._find(other) for other in config.include}
        return included and name not in {self._find(other) for other in config.exclude}

    def _is_read(self, name: str) -> bool:
        return self._is_profiled(name) or name in {self._find(other) for other in self._table.keys}

    def _find(self, name: str) -> str:
        """Return the column that a configured name means: the same name, else the only one that differs in case."""
        if name in self._columns:
            return name
        folded = [other for other in self._columns if other.casefold() == name.casefold()]
        return folded[0] if len(folded) == 1 else name


def unique_names(names: Sequence[str]) -> list[str]:
    """Return the names, with ``#2``, ``#3`` … after the second, third … occurrence of a name.

    Example:
        >>> unique_names(["a", "b", "a"])
        ['a', 'b', 'a#2']
    """
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return unique


def without_fields(data_type: str) -> str:
    """Return Spark SQL's name of a type without what is inside it.

    Example:
        >>> without_fields("array<struct<city:string>>")
        'array'
    """
    return data_type.partition("<")[0]


def _arrow_type(name: str, given: Any) -> pa.DataType:
    if isinstance(given, pa.DataType):
        return given
    if isinstance(given, str) and given in _SIMPLE_TYPES:
        return _SIMPLE_TYPES[given]
    hint = did_you_mean(str(given), _SIMPLE_TYPES)
    message = f"columns: {name!r}: expected an Arrow type or the name of a simple type, got {given!r}{hint}"
    raise UsageError(message)
