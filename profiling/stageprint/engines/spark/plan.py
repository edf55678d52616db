"""Plans the scan of a table: which columns are profiled as which kind, with which keys and slices."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Final

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.batch.nested import Step
from stageprint.config.sensitive import SensitiveSettings
from stageprint.config.sketches import SketchSettings
from stageprint.config.tables import SliceConfig, TableConfig
from stageprint.engines.spark.compat import to_arrow
from stageprint.engines.spark.folder import Marked
from stageprint.engines.spark.types import for_arrow, kind_of, positional, spark_children
from stageprint.errors import SourceError
from stageprint.fingerprint import SlicePlan
from stageprint.model import ColumnKind, SchemaField
from stageprint.pipeline.profile_rows import TableScan
from stageprint.pipeline.scan_plan import TableColumns, TypeSystem, plan_table

SPARK_TYPES: Final = TypeSystem(spark_children, kind_of, lambda data_type: data_type.simpleString())


@dataclass(frozen=True)
class ScanPlan(TableScan):
    """The plan of a scan, with the DataFrame that Spark reads for it.

    Attributes:
        make_frame: Creates `frame`.
        make_marked: Creates the rows of `frame` with one more column, which is true where a row is malformed; None:
            malformed rows are not marked.
        drops_malformed: Whether malformed rows are no part of the table.
    """

    make_frame: Callable[[], DataFrame] = field(kw_only=True)
    make_marked: Callable[[], DataFrame] | None = None
    drops_malformed: bool = False

    @cached_property
    def frame(self) -> DataFrame:
        """The top-level columns that hold the planned columns, then the label of each slice as text.

        They are renamed to ``c0``, ``c1``, …, so that unusual names (with dots, back-ticks, or differing in case only)
        do no harm. The DataFrame is created on first use: the fast path does not need it, and Spark's analysis of it
        takes longer than the scan of a small table.
        """
        return self.make_frame()


def plan_scan(
    frame: DataFrame,
    config: TableConfig,
    settings: SketchSettings,
    run: str | None = None,
    referenced: Collection[str] = (),
    marked: Marked | None = None,
    sensitive: SensitiveSettings | None = None,
) -> ScanPlan:
    """Return the plan for scanning a table.

    Args:
        frame: The table's rows.
        config: The table's configuration.
        settings: Sizes of the sketches.
        run: The run, for metrics that depend on its logical date.
        referenced: Columns to which foreign keys of other tables refer; those that the table lacks are ignored.
        marked: The table's rows with malformed ones marked; None: they are not.
        sensitive: Settings of sensitive columns; None: the defaults.

    Raises:
        UsageError: A column is to be hashed, and there is no secret.
        SourceError: The configuration names a column the table does not have, or a slice that cannot be computed.
    """
    fields = frame.schema.fields
    columns = TableColumns([(one.name, one.dataType) for one in fields], SPARK_TYPES, config)
    planned = plan_table(columns, SPARK_TYPES, config, settings, run, referenced, sensitive)
    min_group_size = planned.table.min_group_size

    # Errors in slices must show before anything is scanned.
    sliced = _renamed(frame, config, columns) if config.slices else None
    overrides = _overrides(columns, planned.kinds)

    def selection(renamed: DataFrame, labels: Sequence[Column], *more: Column) -> DataFrame:
        selected = [
            for_arrow(F.col(f"c{position}"), fields[position].dataType, overrides.get(position, {}))
            for position in planned.positions
        ]
        # A plan without columns still needs one, to count rows.
        sent = [*selected, *(label.cast("string") for label in labels)] or [F.lit(True)]
        return renamed.select([column.alias(f"c{place}") for place, column in enumerate((*sent, *more))])

    def make_frame() -> DataFrame:
        return selection(*(sliced or _renamed(frame, config, columns)))

    def make_marked(rows: DataFrame) -> DataFrame:
        return selection(*_renamed(rows, config, columns), F.col(f"c{len(fields)}"))

    return ScanPlan(
        make_frame=make_frame,
        # Spark does not read the mark alone.
        make_marked=partial(make_marked, marked.frame) if marked is not None and planned.positions else None,
        drops_malformed=marked is not None and marked.dropped,
        table=planned.table,
        schema=tuple(SchemaField(f.name, f.dataType.simpleString(), f.nullable) for f in fields),
        event_time=planned.event_time,
        slices=_slice_plans(*sliced, config, min_group_size) if sliced else (),
        config=config,
    )


def _overrides(
    columns: TableColumns[T.DataType], kinds: Mapping[str, ColumnKind]
) -> dict[int, dict[tuple[Step, ...], ColumnKind]]:
    """Return the configured kinds that differ from those of the types, by top-level position and steps."""
    found: dict[int, dict[tuple[Step, ...], ColumnKind]] = {}
    for path, kind in kinds.items():
        column = columns.all[path]
        if kind is not kind_of(column.leaf.type):
            found.setdefault(column.position, {})[column.leaf.steps] = kind
    return found


def _renamed(
    frame: DataFrame, config: TableConfig, columns: TableColumns[T.DataType]
) -> tuple[DataFrame, list[Column]]:
    """Return the DataFrame with columns renamed by position, and the label of each slice as an expression over it."""
    names = [f"c{position}" for position in range(len(frame.schema.fields))]
    labels: list[Column] = []
    conditions: list[Column] = []
    for one in config.slices:
        path = columns.match(one.by)
        if path is None:
            labels.append(F.col(f"s{len(conditions)}"))
            conditions.append(F.expr(one.by))
            continue
        column = columns.all[path]
        if not all(isinstance(step, int) for step in column.leaf.steps):
            message = (
                f"table {config.name!r}: slices: {one.by!r} has any number of values a row; "
                "a slice needs one: name a column outside arrays, or a condition"
            )
            raise SourceError(message)
        label = F.col(f"c{column.position}").cast(positional(frame.schema.fields[column.position].dataType))
        for step in column.leaf.steps:
            label = label.getField(f"f{step}")
        labels.append(label)
    if not conditions:
        return frame.toDF(*names), labels
    try:
        extended = frame.select("*", *conditions)
        return extended.toDF(*names, *(f"s{number}" for number in range(len(conditions)))), labels
    except PySparkException as error:
        text = str(error).split("\n", 1)[0]
        message = f"table {config.name!r}: slices: neither a column nor a condition that Spark understands: {text}"
        raise SourceError(message) from error


def _slice_plans(
    frame: DataFrame, labels: Sequence[Column], config: TableConfig, min_group_size: int
) -> tuple[SlicePlan, ...]:
    return tuple(
        _slice_plan(frame, label, one, config.min_slice_rows(one.by, min_group_size))
        for label, one in zip(labels, config.slices, strict=True)
    )


def _slice_plan(frame: DataFrame, label: Column, config: SliceConfig, min_rows: int) -> SlicePlan:
    if config.values is not None:
        return SlicePlan(config.by, config.values, min_rows)
    text = frame.select(label.alias("label"))
    if isinstance(text.schema.fields[0].dataType, T.BooleanType):
        return SlicePlan(config.by, ("true", "false"), min_rows)
    counted = text.select(F.col("label").cast("string")).where("label IS NOT NULL").groupBy("label").count()
    # Values of a sensitive column that too few rows share are not even named: they count among the others.
    counted = counted.where(F.col("count") >= min_rows)
    first = to_arrow(counted.orderBy(F.desc("count"), "label").limit(config.limit).select("label"))
    return SlicePlan(config.by, tuple(first.column(0).to_pylist()), min_rows)
