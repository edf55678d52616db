"""Plans the scan of a table from its schema: which columns are profiled as which kind, and with which keys.

Engines have types of their own; a `TypeSystem` says what the plan must know of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from stageprint.batch.nested import Child, Leaf, Step, is_repeated, unique_paths, walk
from stageprint.config.run_dates import as_of
from stageprint.config.sensitive import Sensitive, SensitiveSettings, fold, secret_for, sensitivity
from stageprint.config.sketches import SketchSettings
from stageprint.config.tables import TableConfig
from stageprint.errors import SourceError, did_you_mean
from stageprint.fingerprint import ColumnPlan, TablePlan, plan_column
from stageprint.model import ColumnKind

T = TypeVar("T")

_RECORD_OPTIONS: Final = ("columnnameofcorruptrecord", "rescueddatacolumn")
"""Options of readers that name the column in which they keep the text of whole records, or what of them fits none."""


@dataclass(frozen=True)
class TypeSystem(Generic[T]):
    """What a plan must know of an engine's types.

    Attributes:
        children: Returns the columns directly inside a type.
        kind: Returns the kind of a column of a type.
        name: Returns the type's name in Spark SQL, as it is stored.
    """

    children: Callable[[T], Sequence[Child[T]]]
    kind: Callable[[T], ColumnKind]
    name: Callable[[T], str]


@dataclass(frozen=True)
class PlannedColumn(Generic[T]):
    """A column at any depth.

    Attributes:
        leaf: Its path, steps and type.
        position: Position of its top-level column in the table.
        inside: The paths that lead to it, that of the top-level column first, its own last.
    """

    leaf: Leaf[T]
    position: int
    inside: tuple[str, ...]


class TableColumns(Generic[T]):
    """The columns of a table by path; finds the column that a name in the configuration means.

    Args:
        fields: Name and type of each top-level column.
        types: The engine's types.
        config: The table's configuration.
    """

    def __init__(self, fields: Sequence[tuple[str, T]], types: TypeSystem[T], config: TableConfig) -> None:
        self._table = config.name
        self._sensitive = config.columns.sensitive
        names = [name for name, _ in fields]
        paths = unique_paths(names)
        self.all: dict[str, PlannedColumn[T]] = {}
        for position, (path, (_, top)) in enumerate(zip(paths, fields, strict=True)):
            trail: dict[tuple[Step, ...], str] = {}
            for leaf in walk(path, top, config.columns.depth, types.children):
                trail[leaf.steps] = leaf.path
                inside = tuple(trail[leaf.steps[:length]] for length in range(len(leaf.steps) + 1))
                self.all[leaf.path] = PlannedColumn(leaf, position, inside)
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
            hint = other_columns(name, self.all, lacks=lacks_any(self.all, self._sensitive))
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


@dataclass(frozen=True)
class PlannedScan:
    """What is taken of a table's columns.

    Attributes:
        table: The plan that the fingerprint is made by.
        event_time: Path of the event-time column, or None.
        positions: Positions of the top-level columns that are read, in the order in which a batch holds them.
        kinds: Configured kinds by path.
    """

    table: TablePlan
    event_time: str | None
    positions: tuple[int, ...]
    kinds: Mapping[str, ColumnKind]


def plan_table(
    columns: TableColumns[T],
    types: TypeSystem[T],
    config: TableConfig,
    settings: SketchSettings,
    run: str | None = None,
    referenced: Collection[str] = (),
    sensitive: SensitiveSettings | None = None,
) -> PlannedScan:
    """Return what is taken of a table's columns.

    Args:
        columns: The table's columns.
        types: The engine's types.
        config: The table's configuration.
        settings: Sizes of the sketches.
        run: The run, for metrics that depend on its logical date.
        referenced: Columns to which foreign keys of other tables refer; those that the table lacks are ignored.
        sensitive: Settings of sensitive columns; None: the defaults.

    Raises:
        UsageError: A column is to be hashed, and there is no secret.
        SourceError: The configuration names a column that the table does not have.
    """
    named = {key: columns.find(name, key) for key, name in config.named_columns()}
    kinds = {columns.find(name, "columns.kinds"): kind for name, kind in config.columns.kinds.items()}
    theta = {columns.find(name, "columns.theta") for name in config.columns.theta}
    theta |= {named[f"references.{name}"] for name in config.references}
    theta |= {path for name in referenced if (path := columns.match(name)) is not None}
    for name in config.columns.sensitive:
        columns.find(name, "columns.sensitive")
    declared = declared_sensitive(config)
    settings_of_sensitive = sensitive or SensitiveSettings()
    secret = secret_for(config.name, declared, settings_of_sensitive)
    keys = tuple(named[f"keys[{index}]"] for index in range(len(config.keys)))
    profiled = columns.chosen(config.columns.include, config.columns.exclude)
    answers = _answers(named, columns, {path for path in columns.all if sensitivity(path, declared) is not None})
    # The columns of a key and of the model are read even where they are not profiled.
    needed = {*keys, *(path for _, path in answers)}
    chosen = [column for path, column in columns.all.items() if path in profiled or path in needed]
    sources = {position: source for source, position in enumerate(dict.fromkeys(c.position for c in chosen))}
    plans: list[ColumnPlan] = []
    for column in chosen:
        path = column.leaf.path
        plan = plan_column(
            path,
            column.position,
            types.name(column.leaf.type),
            kinds.get(path, types.kind(column.leaf.type)),
            theta=path in theta,
            source=sources[column.position],
            steps=column.leaf.steps,
            sensitive=sensitivity(path, declared),
            secret=secret,
        )
        plans.append(plan if path in profiled else replace(plan, states=()))
    table = TablePlan(
        tuple(plans),
        (keys,) if keys else (),
        settings,
        secret,
        as_of(run) if run else None,
        answers,
        settings_of_sensitive.min_group_size,
    )
    return PlannedScan(table, named.get("event_time"), tuple(sources), kinds)


def declared_sensitive(config: TableConfig) -> Mapping[str, Sensitive]:
    """Return what may be stored by column, also of a column in which the source's reader keeps whole records."""
    declared = config.columns.sensitive
    records = [name for option, name in config.source.options.items() if option.casefold() in _RECORD_OPTIONS]
    return {**dict.fromkeys(records, "off"), **declared} if declared else declared


def lacks_any(columns: Iterable[str], sensitive: Iterable[str]) -> bool:
    """Return whether a source lacks some sensitive column; of one inside another, the outer one is looked for."""
    have = {fold(name) for name in columns}
    return any(fold(name) not in have and fold(name).split(".")[0] not in have for name in sensitive)


def other_columns(name: str, columns: Collection[str], *, lacks: bool) -> str:
    """Return the end of an error about a column that a source lacks: which columns it has.

    Args:
        name: The column that it lacks.
        columns: The columns that it has.
        lacks: Whether it lacks a sensitive column. A row of values may then have been read as the names of columns, as
            in a CSV file that has lost its header.
    """
    if lacks:
        return f"; its {len(columns):,} columns are not named here: a row of values may have been read as their names"
    return did_you_mean(name, columns)


def _answers(
    named: Mapping[str, str], columns: TableColumns[T], sensitive: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Return the paths of label, prediction and score; empty without a label and one of the other two.

    Sensitive columns are left out, since counts of few rows would reveal their values.
    """
    found = {key: named[key] for key in ("label", "prediction", "score") if key in named}
    usable = {key: path for key, path in found.items() if not is_repeated(columns.all[path].leaf.steps)}
    usable = {key: path for key, path in usable.items() if path not in sensitive}
    return tuple(usable.items()) if "label" in usable and len(usable) > 1 else ()
