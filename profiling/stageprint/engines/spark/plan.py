"""Plans the scan of a table: which columns are profiled as which kind, with which keys and slices."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.batch.nested import Leaf, Step, is_repeated, unique_paths, walk
from stageprint.config.run_dates import as_of
from stageprint.config.sensitive import SensitiveSettings, secret_for, sensitivity
from stageprint.config.sketches import SketchSettings
from stageprint.config.tables import SliceConfig, TableConfig
from stageprint.engines.spark.folder import Marked
from stageprint.engines.spark.types import for_arrow, kind_of, positional, spark_children
from stageprint.errors import SourceError, did_you_mean
from stageprint.fingerprint import ColumnPlan, SlicePlan, TablePlan, plan_column
from stageprint.model import ColumnKind, SchemaField
from stageprint.pipeline.profile_rows import TableScan


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


@dataclass(frozen=True)
class _Column:
    """A column at any depth: its leaf, the position of its top-level column, and the paths that lead to it."""

    leaf: Leaf[T.DataType]
    position: int
    inside: tuple[str, ...]

    @property
    def kind(self) -> ColumnKind:
        return kind_of(self.leaf.type)


class _Columns:
    """The columns of a table by path; finds the column that a name in the configuration means."""

    def __init__(self, schema: T.StructType, table: str, depth: int) -> None:
        self._table = table
        names = [one.name for one in schema.fields]
        paths = unique_paths(names)
        self.all: dict[str, _Column] = {}
        for position, (path, top) in enumerate(zip(paths, schema.fields, strict=True)):
            trail: dict[tuple[Step, ...], str] = {}
            for leaf in walk(path, top.dataType, depth, spark_children):
                trail[leaf.steps] = leaf.path
                inside = tuple(trail[leaf.steps[:length]] for length in range(len(leaf.steps) + 1))
                self.all[leaf.path] = _Column(leaf, position, inside)
        self._by_name = {name: path for name, path in zip(names, paths, strict=True) if names.count(name) == 1}

    def match(self, name: str) -> str | None:
        """Return the path that a configured name means: an equal path or top-level name, or one in another case."""
        if name in self.all:
            return name
        if name in self._by_name:
            return self._by_name[name]
        folded = {path for path in self.all if path.casefold() == name.casefold()}
        folded |= {path for own, path in self._by_name.items() if own.casefold() == name.casefold()}
        return folded.pop() if len(folded) == 1 else None

    def find(self, name: str, key: str) -> str:
        """Return the path that a configured name means.

        Args:
            name: The name.
            key: The configuration key that holds it, for the error.

        Raises:
            SourceError: The table has no such column.
        """
        found = self.match(name)
        if found is None:
            hint = did_you_mean(name, self.all)
            message = f"table {self._table!r}: {key}: the source has no column {name!r}{hint}"
            raise SourceError(message)
        return found

    def chosen(self, include: Sequence[str] | None, exclude: Sequence[str]) -> set[str]:
        """Return the paths to profile: the included columns without the excluded ones, each with all nested columns."""
        wanted = None if include is None else {self.match(name) for name in include}
        unwanted = {self.match(name) for name in exclude}
        return {
            path
            for path, column in self.all.items()
            if (wanted is None or not wanted.isdisjoint(column.inside)) and unwanted.isdisjoint(column.inside)
        }


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
    columns = _Columns(frame.schema, config.name, config.columns.depth)
    named = {key: columns.find(name, key) for key, name in config.named_columns()}
    kinds = {columns.find(name, "columns.kinds"): kind for name, kind in config.columns.kinds.items()}
    theta = {columns.find(name, "columns.theta") for name in config.columns.theta}
    theta |= {named[f"references.{name}"] for name in config.references}
    theta |= {path for name in referenced if (path := columns.match(name)) is not None}
    for name in config.columns.sensitive:
        columns.find(name, "columns.sensitive")
    declared = config.columns.sensitive
    settings_of_sensitive = sensitive or SensitiveSettings()
    secret = secret_for(config.name, declared, settings_of_sensitive)
    keys = tuple(named[f"keys[{index}]"] for index in range(len(config.keys)))
    profiled = columns.chosen(config.columns.include, config.columns.exclude)
    answers = _answers(named, columns, {path for path in columns.all if sensitivity(path, declared) is not None})
    # The columns of a key and of the model are read even where they are not profiled.
    needed = {*keys, *(path for _, path in answers)}
    chosen = [column for path, column in columns.all.items() if path in profiled or path in needed]

    # Errors in slices must show before anything is scanned.
    sliced = _renamed(frame, config, columns) if config.slices else None
    sources = {position: source for source, position in enumerate(dict.fromkeys(c.position for c in chosen))}
    plans: list[ColumnPlan] = []
    for column in chosen:
        path = column.leaf.path
        plan = plan_column(
            path,
            column.position,
            column.leaf.type.simpleString(),
            kinds.get(path, column.kind),
            theta=path in theta,
            source=sources[column.position],
            steps=column.leaf.steps,
            sensitive=sensitivity(path, declared),
            secret=secret,
        )
        plans.append(plan if path in profiled else replace(plan, states=()))
    overrides = _overrides(columns, kinds)

    def selection(renamed: DataFrame, labels: Sequence[Column], *more: Column) -> DataFrame:
        selected = [
            for_arrow(F.col(f"c{position}"), fields[position].dataType, overrides.get(position, {}))
            for position in sources
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
        make_marked=partial(make_marked, marked.frame) if marked is not None and sources else None,
        drops_malformed=marked is not None and marked.dropped,
        table=TablePlan(
            tuple(plans),
            (keys,) if keys else (),
            settings,
            secret,
            as_of(run) if run else None,
            answers,
            settings_of_sensitive.min_group_size,
        ),
        schema=tuple(SchemaField(f.name, f.dataType.simpleString(), f.nullable) for f in fields),
        event_time=named.get("event_time"),
        slices=_slice_plans(*sliced, config, settings_of_sensitive.min_group_size) if sliced else (),
        config=config,
    )


def _answers(named: Mapping[str, str], columns: _Columns, sensitive: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return the paths of label, prediction and score; empty without a label and one of the other two.

    Sensitive columns are left out, since counts of few rows would reveal their values.
    """
    found = {key: named[key] for key in ("label", "prediction", "score") if key in named}
    usable = {key: path for key, path in found.items() if not is_repeated(columns.all[path].leaf.steps)}
    usable = {key: path for key, path in usable.items() if path not in sensitive}
    return tuple(usable.items()) if "label" in usable and len(usable) > 1 else ()


def _overrides(columns: _Columns, kinds: Mapping[str, ColumnKind]) -> dict[int, dict[tuple[Step, ...], ColumnKind]]:
    """Return the configured kinds that differ from those of the types, by top-level position and steps."""
    found: dict[int, dict[tuple[Step, ...], ColumnKind]] = {}
    for path, kind in kinds.items():
        column = columns.all[path]
        if kind is not column.kind:
            found.setdefault(column.position, {})[column.leaf.steps] = kind
    return found


def _renamed(frame: DataFrame, config: TableConfig, columns: _Columns) -> tuple[DataFrame, list[Column]]:
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
    first = counted.orderBy(F.desc("count"), "label").limit(config.limit).select("label").toArrow()
    return SlicePlan(config.by, tuple(first.column(0).to_pylist()), min_rows)
