"""From a DataFrame and a table's configuration to what is scanned: which columns, as what, with which keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from profiling.config import ColumnsConfig, SketchSettings, TableConfig
from profiling.errors import SourceError, did_you_mean
from profiling.fingerprint import ColumnPlan, TablePlan, plan_column
from profiling.model import ColumnKind, SchemaField
from profiling.spark.types import cast_for, kind_of


@dataclass(frozen=True)
class ScanPlan:
    """What to scan.

    Attributes:
        frame: Exactly the planned columns in the plan's order, renamed ``c0``, ``c1``, …, so that no name of
            the table (dots, back-ticks, two that differ in case only) can go astray.
        table: The plan the fingerprint is made by.
        schema: The table's top-level fields.
        event_time: Path of the event-time column, or None.
    """

    frame: DataFrame
    table: TablePlan
    schema: tuple[SchemaField, ...]
    event_time: str | None


def plan_scan(
    frame: DataFrame, config: TableConfig, settings: SketchSettings, referenced: Collection[str] = ()
) -> ScanPlan:
    """Decide what is scanned.

    Args:
        frame: The table.
        config: Its configuration.
        settings: Sizes of the sketches.
        referenced: Columns that other tables point at; one the table does not have is their loss, not its own.

    Raises:
        SourceError: The configuration names a column the table does not have.
    """
    fields = frame.schema.fields
    paths = _unique_paths([field.name for field in fields])
    named = {key: _find(column, paths, config.name, key) for key, column in config.named_columns()}
    kinds = {_find(column, paths, config.name, "columns.kinds"): kind for column, kind in config.columns.kinds.items()}
    theta = {_find(column, paths, config.name, "columns.theta") for column in config.columns.theta}
    theta |= {named[f"references.{column}"] for column in config.references}
    theta |= {path for column in referenced if (path := _match(column, paths)) is not None}
    keys = tuple(named[f"keys[{index}]"] for index in range(len(config.keys)))
    profiled = _profiled(paths, config.columns)
    # A key's columns are read even where they are not profiled.
    chosen = [path for path in paths if path in profiled or path in keys]

    renamed = frame.toDF(*[f"c{index}" for index in range(len(fields))])
    columns: list[ColumnPlan] = []
    selected: list[Column] = []
    for path in chosen:
        position = paths.index(path)
        field = fields[position]
        natural = kind_of(field.dataType)
        kind = kinds.get(path, natural)
        column = F.col(f"c{position}")
        if kind is ColumnKind.OTHER:
            # Only its nulls are counted: send one bit instead of a value Arrow may not know.
            column = F.when(column.isNotNull(), F.lit(True))
        elif kind is not natural:
            cast = cast_for(kind)
            column = column.try_cast(cast) if cast is not None else column
        elif isinstance(field.dataType, T.StringType):
            # Collations compare differently but hold the same bytes; Arrow knows plain strings only.
            column = column.cast("string")
        planned = plan_column(path, position, _type_name(field.dataType), kind, theta=path in theta)
        columns.append(planned if path in profiled else replace(planned, states=()))
        selected.append(column.alias(f"c{len(selected)}"))
    if not selected:
        selected = [F.lit(True).alias("c0")]
    return ScanPlan(
        frame=renamed.select(selected),
        table=TablePlan(tuple(columns), (keys,) if keys else (), settings),
        schema=tuple(SchemaField(f.name, _type_name(f.dataType), f.nullable) for f in fields),
        event_time=named.get("event_time"),
    )


def _profiled(paths: Sequence[str], config: ColumnsConfig) -> set[str]:
    include = set(paths) if config.include is None else {_match(column, paths) for column in config.include}
    return {path for path in include - {_match(column, paths) for column in config.exclude} if path is not None}


def _unique_paths(names: Sequence[str]) -> list[str]:
    """Return the names, with ``#2``, ``#3`` … behind the later ones of a name that stands several times."""
    seen: dict[str, int] = {}
    paths = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        paths.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return paths


def _match(column: str, paths: Sequence[str]) -> str | None:
    """Return the path a configured name means: the same, else the only one that differs in case alone."""
    if column in paths:
        return column
    folded = [path for path in paths if path.casefold() == column.casefold()]
    return folded[0] if len(folded) == 1 else None


def _find(column: str, paths: Sequence[str], table: str, key: str) -> str:
    found = _match(column, paths)
    if found is None:
        message = f"table {table!r}: {key}: the source has no column {column!r}{did_you_mean(column, paths)}"
        raise SourceError(message)
    return found


def _type_name(data_type: T.DataType) -> str:
    return data_type.simpleString()
